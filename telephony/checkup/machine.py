"""This machine: folders of recordings, room, ffmpeg, the HTTP port, the working hours."""

import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import aiohttp

from telephony.checkup.findings import CheckFinding, fail, ok, warn
from telephony.errors import RingbackError
from telephony.recording.audio import find_program, writes
from telephony.recording.files import room_of
from telephony.schedule.caldav import CalendarServer
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.icalendar_files import PlannedDays, around
from telephony.schedule.unrolling import unrolled
from telephony.schedule.watch import CalendarWatch
from telephony.settings import DatabaseSettings, HoursSettings, HttpSettings, RecordingSettings, VoiceSettings
from telephony.voice.service import make_speaker
from telephony.voice.speech import prompts
from telephony.voice.speech.prompts import PUBLISHED
from telephony.voice.words.phrases import Language

_MEGABYTE = 1_000_000
_MEGABYTES_AN_HOUR = 0.45
"""One kilobit a second for an hour; 32 of them make 14.4 MB."""
_SCARCE_HOURS = 200
_ANSWERS_WITHIN = 3.0


async def check_folders(settings: RecordingSettings) -> AsyncIterator[CheckFinding]:
    """Can recordings be kept, and can those that the PBX writes be read?"""
    yield _kept(settings.folder)
    for shared in settings.shared:
        yield _read(shared.there, shared.here)
    folder = PurePosixPath(settings.pbx_folder)
    if not any(folder.is_relative_to(PurePosixPath(shared.there)) for shared in settings.shared):
        cure = "name it, or a folder above it, as `there` under [[recording.shared]]"
        yield fail(
            "recordings", f"pbx_folder = {folder} is in no shared folder: our own recordings cannot be fetched", cure
        )


async def check_spool(settings: DatabaseSettings) -> AsyncIterator[CheckFinding]:
    """Can call events be kept while the database is away?"""
    yield _kept(settings.spool_folder, "spool")


def _kept(folder: Path, subject: str = "recordings") -> CheckFinding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=existing, prefix=".ringback-check-"):
            pass
    except OSError as error:
        cure = f"install -d -o ringback -g ringback -m 0750 {folder}  (or run the check as the daemon's user)"
        return fail(subject, f"{folder} cannot be written: {error.strerror}", cure)
    return ok(subject, f"kept in {folder}{'' if existing == folder else ' (made at the first start)'}")


def _read(there: str, here: Path) -> CheckFinding:
    subject = "pbx recordings"
    if not here.is_dir():
        cure = "mount the PBX's folder here, or correct `here` under [[recording.shared]]"
        return fail(subject, f"{here} is not there, where the PBX's {there} should be", cure)
    if not os.access(here, os.R_OK | os.X_OK):
        cure = "usermod -a -G asterisk ringback  (then restart), or mount it readable for the daemon's user"
        return fail(subject, f"{here} may not be read by this user", cure)
    return ok(subject, f"{here} is read where the PBX says {there}")


async def check_room(settings: RecordingSettings) -> AsyncIterator[CheckFinding]:
    """Is there room for recordings, and for how many hours of talk?"""
    try:
        room = room_of(settings.folder)
    except RingbackError as error:
        yield fail("disk", str(error), "correct `folder` under [recording]")
        return
    floor = max(settings.disk_floor_megabytes * _MEGABYTE, room.total * settings.disk_floor_percent / 100)
    hours = max(0.0, room.free - floor) / _MEGABYTE / (settings.kilobits * _MEGABYTES_AN_HOUR)
    finding = f"{room.free / _MEGABYTE:,.0f} MB free for {settings.folder}"
    if room.free <= floor:
        cure = "make room, keep recordings for fewer days (keep_days_...), or lower disk_floor_megabytes"
        yield fail("disk", f"{finding}: below the floor of {floor / _MEGABYTE:,.0f} MB, nothing is recorded", cure)
    elif hours < _SCARCE_HOURS:
        yield warn("disk", f"{finding}: {hours:,.0f} hours of talk", "make room, or keep recordings for fewer days")
    else:
        yield ok("disk", f"{finding}: {hours:,.0f} hours of talk")


async def check_ffmpeg(settings: RecordingSettings) -> AsyncIterator[CheckFinding]:
    """Can recordings be converted?"""
    try:
        program = find_program(settings.ffmpeg)
    except RingbackError as error:
        yield fail("ffmpeg", str(error), "apt-get install ffmpeg, or correct `ffmpeg` under [recording]")
        return
    if await writes(program, settings.format):
        yield ok("ffmpeg", f"{program} writes {settings.format}")
    else:
        yield fail(
            "ffmpeg", f"{program} cannot write {settings.format}", "another `ffmpeg` or `format` under [recording]"
        )


async def check_port(settings: HttpSettings) -> AsyncIterator[CheckFinding]:
    """Is the HTTP port free, or a running Ringback's?"""
    if await _ringback_runs(settings):
        yield ok("http", f"a running Ringback listens on {settings.host}:{settings.port}")
    else:
        yield _listens("http", settings.host, settings.port, "http")


async def _ringback_runs(settings: HttpSettings) -> bool:
    """Tell whether what listens on the HTTP port answers as Ringback does."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    try:
        patience = aiohttp.ClientTimeout(total=_ANSWERS_WITHIN)
        async with (
            aiohttp.ClientSession(timeout=patience) as session,
            session.get(f"http://{host}:{settings.port}/healthz") as answer,
        ):
            return "parts" in await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError):
        return False


def _listens(subject: str, host: str, port: int, section: str) -> CheckFinding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probing:
        probing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probing.bind((host, port))
        except OSError as error:
            cure = f"fine if that is a running Ringback; else another `port` (or `host`) under [{section}]"
            return warn(subject, f"{host}:{port} cannot be listened on: {error.strerror}", cure)
    return ok(subject, f"{host}:{port} is free")


async def check_voice(settings: VoiceSettings, http: HttpSettings) -> AsyncIterator[CheckFinding]:
    """Can callers and managers be spoken to? ``http``: where a running Ringback would answer."""
    if await _ringback_runs(http):
        yield ok("fastagi", f"a running Ringback has {settings.host}:{settings.port}")
    else:
        yield _listens("fastagi", settings.host, settings.port, "voice")
    program = settings.tts_command[0]
    if shutil.which(program) is None:
        cure = f"apt-get install {program}, or another `tts_command` under [voice]"
        yield fail("speech", f"{program} is not on this machine: managers would not hear who called", cure)
    else:
        yield ok("speech", f"{program} speaks {settings.language}")
    if settings.folder.is_dir():
        yield _published(settings)


def _published(settings: VoiceSettings) -> CheckFinding:
    """Is there what the dialplan plays by itself?"""
    place = settings.folder / "published" / settings.language
    missing = [line.value for line in PUBLISHED if not any(place.glob(f"{line.value}.*"))]
    if not missing:
        return ok("sentences", f"what the PBX says by itself is in {place}")

    async def mend() -> None:
        speaker = make_speaker(settings, "UA")  # how a number is read does not matter for these
        try:
            async for _ in prompts.render(speaker, [Language(settings.language)]):
                pass
        finally:
            await speaker.stop()

    why = f"not in {place}: {', '.join(missing)}. While the daemon is away the PBX has nothing to say there"
    return warn("sentences", why, "ringback prompts --render  (or start the daemon, which does it)", mend)


async def check_hours(settings: HoursSettings) -> AsyncIterator[CheckFinding]:
    """Are the schedule, its files and the calendars kept elsewhere understood?"""
    now = datetime.now(UTC)
    try:
        almanac = Almanac(settings)
        await CalendarWatch(None, settings, almanac, lambda: now).look()
    except RingbackError as error:
        cure = 'correct [hours], e.g. schedule = "Mo-Fr 09:00-18:00", or mend the calendar file that is named'
        yield fail("hours", str(error), cure)
        return
    explained = almanac.calendars.general.explain(now)
    yield ok("hours", f"{'open' if explained.open else 'closed'} now by {explained.because} ({settings.timezone})")
    if settings.calendars:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            for calendar in settings.calendars:
                yield await _asked(CalendarServer(http, calendar), calendar.name, around(now.date()))


async def _asked(server: CalendarServer, name: str, window: PlannedDays) -> CheckFinding:
    """Ask one calendar as the daemon will."""
    subject = f"calendar {name}"
    try:
        fetched = await server.fetch(window)
        found = await unrolled(fetched.body if fetched else b"", window, name)
    except RingbackError as error:
        return fail(subject, str(error), "correct it under [[hours.calendars]]")
    return ok(subject, f"{len(found.days)} closed days until {window.last}, {found.passed_over} other events")
