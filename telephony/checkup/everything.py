"""The whole check list, in the order in which things fail: settings, database, PBXs, this machine."""

from collections.abc import AsyncIterator, Sequence

from telephony.checkup.database import check_database
from telephony.checkup.findings import Finding
from telephony.checkup.machine import check_ffmpeg, check_folders, check_hours, check_port, check_room
from telephony.checkup.pbx import check_pbx
from telephony.postgres.migrations import TELEPHONY, Source
from telephony.settings import TelephonySettings


async def findings(settings: TelephonySettings, sources: Sequence[Source] = (TELEPHONY,)) -> AsyncIterator[Finding]:
    """Look at everything, one after the other, and tell each finding as it comes."""
    checks = [
        check_database(settings.database, sources),
        *(check_pbx(pbx) for pbx in settings.pbx),
        check_folders(settings.recording),
        check_room(settings.recording),
        check_ffmpeg(settings.recording),
        check_port(settings.http),
        check_hours(settings.hours),
    ]
    for check in checks:
        async for finding in check:
            yield finding
