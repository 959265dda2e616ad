"""The whole check list, in the order in which things fail: settings, database, PBXs, this machine."""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from telephony.checkup.database import check_database
from telephony.checkup.findings import CheckFinding, CheckVerdict, fail, line, ok, warn
from telephony.checkup.machine import (
    check_ffmpeg,
    check_folders,
    check_hours,
    check_port,
    check_room,
    check_spool,
    check_voice,
)
from telephony.checkup.pbx import check_pbx
from telephony.checkup.readable import check_readable, daemons_user
from telephony.checkup.rights import check_rights
from telephony.errors import RingbackError, SettingsError
from telephony.postgres.migrations import TELEPHONY, MigrationSource
from telephony.settings import TelephonySettings

_OK, _FAILED, _WRONG_SETTINGS = 0, 1, 2


async def run_check(
    settings: Callable[[], TelephonySettings], origin: str, sources: Sequence[MigrationSource], *, fix: bool = False
) -> int:
    """Look at everything and print a line each; return the exit code.

    Args:
        settings: reads them; what it raises is the first line.
        origin: where they come from, for that line.
        sources: all migrations.
        fix: mend what may safely be mended.
    """
    colors = sys.stdout.isatty()

    def say(finding: CheckFinding) -> None:
        sys.stdout.write(f"{line(finding, colors=colors)}\n")
        sys.stdout.flush()

    try:
        read = settings()
    except SettingsError as error:
        for complaint in str(error).splitlines():
            say(fail("settings", complaint, ""))
        return _WRONG_SETTINGS
    say(ok("settings", f"{origin} understood"))
    failed = False
    async for finding in findings(read, sources, Path(origin)):
        say(finding)
        if fix and finding.fix is not None:
            say(await _mended(finding))
        failed = failed or finding.verdict is CheckVerdict.FAIL
    return _FAILED if failed else _OK


async def _mended(finding: CheckFinding) -> CheckFinding:
    try:
        if finding.fix is not None:
            await finding.fix()
    except (OSError, RingbackError) as error:
        return warn(finding.subject, f"could not be mended: {error}", finding.cure)
    return ok(finding.subject, f"mended: {finding.cure}")


async def findings(
    settings: TelephonySettings, sources: Sequence[MigrationSource] = (TELEPHONY,), file: Path | None = None
) -> AsyncIterator[CheckFinding]:
    """Look at everything, one after the other, and tell each finding as it comes; ``file`` is the settings'."""
    checks = [
        check_database(settings.database, sources, settings.pbx),
        check_spool(settings.database),
        *(check_pbx(pbx, callbacks=settings.callback.enabled) for pbx in settings.pbx),
        check_folders(settings.recording),
        check_readable(settings.recording, daemons_user()),
        check_room(settings.recording),
        check_ffmpeg(settings.recording),
        check_port(settings.http),
        *([check_voice(settings.voice, settings.http)] if settings.callback.enabled else []),
        check_hours(settings.hours),
        check_rights(settings, file),
    ]
    for check in checks:
        async for finding in check:
            yield finding
