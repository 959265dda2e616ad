"""The rows of recordings as typed values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from telephony.model import CallId, PbxName
from telephony.recording.plan.verdict import SoundVerdict
from telephony.recording.plan.waveform import Side, Sound


class Keeping(StrEnum):
    """What a recording is of, for how long it is kept."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"
    UNANSWERED = "unanswered"


class ArchiveStage(StrEnum):
    """Where a call stands in the archive's queue."""

    OPEN = "open"
    ENDED = "ended"
    KEPT = "kept"
    DONE = "done"


class OrderKind(StrEnum):
    """What somebody ordered."""

    PAUSE = "pause"
    RESUME = "resume"
    START = "start"
    STOP = "stop"


class RecordingOrder(NamedTuple):
    """What somebody ordered, and when."""

    kind: OrderKind
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Job:
    """A call that the archive has claimed."""

    call_id: CallId
    pbx: PbxName
    wanted: bool
    answered: bool
    talk_seconds: float
    uniqueids: tuple[str, ...]
    stage: ArchiveStage
    tries: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a claimed call."""

    id: int
    call_id: CallId
    pbx_path: str
    started_at: datetime
    adopted: bool
    swapped: bool
    seen_bytes: int | None
    verdict: SoundVerdict | None
    original_gone: bool
    sound: Sound | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something is wrong with a call's recording, or (no call id) with recording as such."""

    id: int
    call_id: CallId | None
    cause: str
    """A `SoundVerdict` that is not good, or ``disk_full``, ``converter_missing``, ``folder``, ``originals``."""
    why: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class Doomed:
    """A recording that is to be deleted."""

    id: int
    call_id: CallId
    pbx: PbxName
    pbx_path: str
    adopted: bool
    original_gone: bool
    path: str | None
    size: int | None
    sha256: bytes | None


def sound_of(seconds: float | None, levels: list[float], voiced: list[float], peaks: list[bytes]) -> Sound | None:
    """Put a `Sound` together again from its columns."""
    if seconds is None:
        return None
    # After a deletion the peaks are gone; the figures stay.
    drawings = peaks or [b""] * len(levels)
    return Sound(seconds, tuple(Side(*side) for side in zip(levels, voiced, drawings, strict=True)))
