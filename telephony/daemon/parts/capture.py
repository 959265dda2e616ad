"""What a PBX says, kept in a file for whoever reports a bug: ``ringback run --capture FILE``."""

from pathlib import Path

import structlog

from telephony.ami.capture import Capture
from telephony.daemon.supervisor import Supervisor
from telephony.errors import SettingsError
from telephony.settings import PbxSettings

_log = structlog.get_logger(__name__)


def begin(supervisor: Supervisor, pbx: PbxSettings, file: Path | None, *, several: bool) -> Capture | None:
    """Open a PBX's capture; None if there is to be none. Of ``several`` PBXs each has a file with its name.

    Raises:
        SettingsError: the file cannot be written.
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
