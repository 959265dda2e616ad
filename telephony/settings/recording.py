"""Settings of recordings."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from telephony.model import Direction
from telephony.settings.fields import Seconds, Section


class SharedFolder(Section):
    """One folder of recordings that a PBX writes and this daemon reads, perhaps under another path (a mount)."""

    pbx: str = Field("*", description="Which PBXs it belongs to: a glob over their names.")
    there: str = Field(pattern="^/", description="The folder's path on the PBX.")
    here: Path = Field(description="The same folder's path on this machine.")


class RecordingSettings(Section):
    """Which calls are recorded, how they are kept and for how long.

    The most particular rule decides: manager before DID before direction before `record`; of two rules of one kind,
    `skip` wins.
    """

    record: bool = Field(default=True, description="Record answered calls for which no other rule speaks.")
    record_directions: tuple[Direction, ...] = Field((), description="Record these: inbound, outbound, internal.")
    skip_directions: tuple[Direction, ...] = Field((), description="Do not record these.")
    record_dids: tuple[str, ...] = Field((), description="Globs over our numbers, in any spelling: recorded.")
    skip_dids: tuple[str, ...] = Field((), description="Globs over our numbers, in any spelling: not recorded.")
    record_managers: tuple[str, ...] = Field((), description="Globs over managers' numbers whose calls are recorded.")
    skip_managers: tuple[str, ...] = Field((), description="Globs over managers' numbers whose calls are not.")

    folder: Path = Field(Path("/var/lib/ringback/recordings"), description="Where finished recordings are kept.")
    pbx_folder: str = Field(
        "/var/spool/asterisk/monitor/ringback",
        pattern="^/[^\\s,$]+$",
        description="Where the PBX writes our recordings, by its own path.",
    )
    shared: tuple[SharedFolder, ...] = Field(
        (SharedFolder(there="/var/spool/asterisk/monitor", here=Path("/var/spool/asterisk/monitor")),),
        description="Folders of the PBX that hold recordings; a file anywhere else is refused.",
    )
    grace_seconds: Seconds = Field(0.15, description="After an answer, how long the PBX may start a recording itself.")
    settle_seconds: Seconds = Field(1.0, gt=0, description="A file is whole when its size stood still for so long.")
    lost_call_hours: float = Field(12, gt=0, description="A call whose end was never heard is taken as ended then.")

    format: Literal["mp3", "opus"] = Field("mp3", description="What recordings are kept as.")
    kilobits: int = Field(32, ge=8, le=320, description="Bits a second of the kept file, in thousands.")
    ffmpeg: str = Field("", description="The ffmpeg to use; empty takes the one on the PATH, else the bundled one.")
    workers: int = Field(2, ge=1, le=32, description="So many calls are converted at a time.")
    convert_seconds: Seconds = Field(300, gt=0, description="The longest that one conversion may take.")
    tries: int = Field(5, ge=1, description="So often a conversion that failed is tried; then the call has an alarm.")
    keep_adopted_originals: bool = Field(
        default=True, description="Leave the PBX's own recordings (FreePBX's) in place after they were copied."
    )

    tolerance_seconds: Seconds = Field(2.0, description="A recording may be shorter than the talk by so much ...")
    tolerance_percent: float = Field(3.0, ge=0, le=100, description="... and by so much of the talk besides.")
    silence_dbfs: float = Field(-50.0, le=0, ge=-90, description="What is softer (RMS) is silence.")
    one_sided_seconds: Seconds = Field(15, description="A talk of so long in which one side is silent has an alarm.")

    keep_days_inbound: float = Field(360, gt=0, description="Recordings of inbound calls are deleted after so long.")
    keep_days_outbound: float = Field(360, gt=0, description="The same of outbound calls.")
    keep_days_internal: float = Field(360, gt=0, description="The same of internal calls.")
    keep_days_unanswered: float = Field(
        360, gt=0, description="The same where no person answered: voicemail, menus, music."
    )
    retention_hours: float = Field(24, gt=0, description="How often the old ones are looked for.")

    disk_floor_megabytes: float = Field(1024, ge=0, description="With less room than this no new recording starts ...")
    disk_floor_percent: float = Field(2, ge=0, le=100, description="... nor with less of the disk free than this.")
    disk_resume_factor: float = Field(1.2, ge=1, description="They start again with so many times the floor free.")
    disk_look_seconds: Seconds = Field(30, gt=0, description="How often the room on the disk is looked at.")
