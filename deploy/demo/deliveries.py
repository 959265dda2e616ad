"""What a webhook receiver reads of a delivery: the fields that docs/webhooks.md names and this one needs. Pure."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from telephony.errors import Refused


class NotReadable(Refused):
    """A delivery that is signed and yet not what docs/webhooks.md says."""

    error_id = "not-readable"


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # fields are added at any time


class Person(_Told):
    """``caller`` or ``answered_by``."""

    number: str
    name: str


class CallTold(_Told):
    """``data.call`` of ``call.ended`` and ``call.missed``."""

    call_id: str
    direction: str
    kind: str
    caller: Person
    dialed: str
    customer: str
    started_at: AwareDatetime
    disposition: str
    missed_reason: str | None
    answered_by: Person | None
    wait_seconds: float
    talk_seconds: float


class CallbackTold(_Told):
    """``data.callback`` of ``callback.*``."""

    request_id: int
    state: str
    reason: str
    by: str
    customer: str
    owner: str
    call_id: str


class RecordingTold(_Told):
    """One of ``data.recordings``."""

    recording_id: int
    seconds: float


class RecordingsTold(_Told):
    """``data`` of ``recording.ready``."""

    call_id: str
    recordings: tuple[RecordingTold, ...] = Field(min_length=1)

    @property
    def longest(self) -> RecordingTold:
        """The one to listen to first; there is always one."""
        return max(self.recordings, key=lambda one: one.seconds)


class AlarmTold(_Told):
    """``data.alarm`` of ``recording.alarm``."""

    call_id: str | None
    cause: str
    why: str


Told = CallTold | CallbackTold | RecordingsTold | AlarmTold


class Delivery(NamedTuple):
    """One verified delivery."""

    message_id: str
    kind: str
    at: datetime
    told: Told | None
    """None: a kind that we do not read."""


class _Envelope(_Told):
    type: str
    timestamp: AwareDatetime
    version: str
    data: dict[str, Any]


def read(message_id: str, body: bytes) -> Delivery:
    """Read a verified body.

    Raises:
        NotReadable: it is not JSON, or a field is missing or of another type.
    """
    try:
        envelope = _Envelope.model_validate(json.loads(body))
        return Delivery(message_id, envelope.type, envelope.timestamp, _told(envelope.type, envelope.data))
    except (ValueError, KeyError, RecursionError) as error:
        what = error.title if isinstance(error, ValidationError) else type(error).__name__
        raise NotReadable(f"{what}: not as docs/webhooks.md says") from error


def _told(kind: str, content: dict[str, Any]) -> Told | None:
    match kind.partition("."):
        case "call", _, "ended" | "missed":
            return CallTold.model_validate(content["call"])
        case "callback", _, _:
            return CallbackTold.model_validate(content["callback"])
        case "recording", _, "ready":
            return RecordingsTold.model_validate(content)
        case "recording", _, "alarm":
            return AlarmTold.model_validate(content["alarm"])
        case _:
            return None
