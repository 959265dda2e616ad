"""What `ringback check` says of the recording: each finding with its cure."""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from telephony.recording.audio import find_program, writes
from telephony.recording.errors import ConverterMissing, FolderTrouble
from telephony.recording.files import room_of
from telephony.recording.room import floor_of, has_room
from telephony.settings import RecordingSettings, SharedFolder

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check; ``cure`` is empty if all is well."""

    subject: str
    good: bool
    told: str
    cure: str = ""


async def findings(settings: RecordingSettings) -> list[Finding]:
    """Look at folder, disk, converter and shared folders."""
    folder = await asyncio.to_thread(_folder, settings.folder)
    shared = [await asyncio.to_thread(_shared, each) for each in settings.shared]
    return [folder, await asyncio.to_thread(_disk, settings), await _converter(settings), *shared]


def _folder(folder: Path) -> Finding:
    subject = "recording folder"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".check-"):
            pass
    except OSError as error:
        cure = f"create it and give it to the daemon's user (chown), or set recording.folder; now: {error.strerror}"
        return Finding(subject, good=False, told=f"{folder} cannot be written", cure=cure)
    return Finding(subject, good=True, told=f"{folder} can be written")


def _disk(settings: RecordingSettings) -> Finding:
    subject = "recording disk"
    try:
        room = room_of(settings.folder)
    except FolderTrouble as error:
        return Finding(subject, good=False, told=str(error), cure="set recording.folder to a folder that exists")
    floor = floor_of(room, settings.disk_floor_megabytes, settings.disk_floor_percent)
    told = f"{room.free // _MEGABYTE} MB free, {int(floor) // _MEGABYTE} MB must stay free"
    if has_room(room, floor, had_room=True, resume_factor=1):
        return Finding(subject, good=True, told=told)
    cure = "free some room, shorten recording.keep_days_*, or lower recording.disk_floor_*; nothing new is recorded"
    return Finding(subject, good=False, told=told, cure=cure)


async def _converter(settings: RecordingSettings) -> Finding:
    subject = "converter"
    try:
        program = find_program(settings.ffmpeg)
    except ConverterMissing as error:
        return Finding(subject, good=False, told=str(error), cure="install ffmpeg, or set recording.ffmpeg")
    if await writes(program, settings.format):
        return Finding(subject, good=True, told=f"{program} writes {settings.format}")
    cure = "install an ffmpeg with that encoder, set recording.ffmpeg, or another recording.format"
    return Finding(subject, good=False, told=f"{program} cannot write {settings.format}", cure=cure)


def _shared(shared: SharedFolder) -> Finding:
    subject = f"shared folder {shared.there}"
    if not shared.here.is_dir():
        cure = "mount the PBX's folder there, or correct recording.shared"
        return Finding(subject, good=False, told=f"{shared.here} is no folder on this machine", cure=cure)
    if not os.access(shared.here, os.R_OK | os.X_OK):
        cure = "let the daemon's user read it: add it to the group `asterisk`"
        return Finding(subject, good=False, told=f"{shared.here} cannot be read", cure=cure)
    if not os.access(shared.here, os.W_OK):
        cure = "let the daemon's user write it, too, or finished originals stay there and fill the disk"
        return Finding(subject, good=False, told=f"{shared.here} can be read, not written", cure=cure)
    return Finding(subject, good=True, told=f"{shared.here} can be read and written")
