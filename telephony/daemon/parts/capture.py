"""A capture of what each PBX tells, as `ringback run --capture` asks for."""

from pathlib import Path

import structlog

from telephony.ami.capture import Capture
from telephony.daemon.supervisor import Supervisor
from telephony.errors import SettingsError
from telephony.settings import PbxSettings

_log = structlog.get_logger(__name__)


def capture_of(supervisor: Supervisor, file: Path | None, pbx: PbxSettings, *, several: bool) -> Capture | None:
    """Begin the capture of one PBX; of ``several`` each has a file of its own.

    Raises:
        SettingsError: it cannot be written.
    """
    if file is None:
        return None
    path = file.with_name(f"{file.name}.{pbx.name}") if several else file
    try:
        capture = Capture(path)
    except OSError as error:
        raise SettingsError(f"--capture {path}: cannot be written: {error.strerror}") from error
    supervisor.on_stop(f"capture {pbx.name}", capture.close)
    _log.info("capture.began", pbx=pbx.name, file=str(path))
    return capture
