"""The words of captures: their formats, what was in one, and the error of one that cannot be read."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from telephony.errors import RingbackError


class CaptureError(RingbackError):
    """A capture cannot be read; the text names the file, the line and the cure."""

    error_id = "capture"


class CaptureFormat(StrEnum):
    """What a capture is made of."""

    AMI = "ami"
    JSON = "json"
    CEL = "cel"


@dataclass(slots=True)
class Tally:
    """What was in a capture, for the reader of a bug report."""

    used: int = 0
    read_as: str = ""
    """What the text turned out to be, where that is worth saying."""
    wrapped_in: str = ""
    """What another program had put around it."""
    not_needed: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
