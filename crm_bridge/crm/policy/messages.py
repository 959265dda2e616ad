"""An outbox message as an adapter reads it. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm_bridge.crm.policy.follow_ups import Ending, ending_of
from crm_bridge.events import NOTED
from crm_bridge.outbox.store import Message
from crm_bridge.schemas import CallbackEventShape, CallShape, NotesShape, ReadyRecording

CALLBACK_KINDS = ("callback.reached", "callback.done", "callback.cancelled", "callback.discarded")
"""The kinds that end a callback request."""
RECORDING_KIND = "recording.ready"
ENDED_KINDS = ("call.ended", "call.missed")
ERASED_KIND = "call.erased"
"""An order to one CRM, never published: what we made for a call there is to go."""
KINDS = (*ENDED_KINDS, RECORDING_KIND, NOTED, *CALLBACK_KINDS)
"""What every CRM is told."""
CARD_KINDS = ("call.ringing", "call.answered")
"""What a CRM is told besides that shows a card while phones ring."""


@dataclass(frozen=True, slots=True)
class CallMessage:
    """Something of a call."""

    kind: str
    call: CallShape
    ringing: str = ""
    """The number whose phone began to ring, if that is the news."""

    @property
    def is_end(self) -> bool:
        """Whether the call is over."""
        return self.kind in ENDED_KINDS


@dataclass(frozen=True, slots=True)
class RecordingMessage:
    """A call's recordings can be played."""

    call_id: str
    recordings: tuple[ReadyRecording, ...]

    @property
    def longest(self) -> ReadyRecording:
        """The one for a CRM that takes one."""
        return max(self.recordings, key=lambda each: (each.seconds, -each.recording_id))


@dataclass(frozen=True, slots=True)
class CallbackMessage:
    """Something of a callback request."""

    callback: CallbackEventShape

    def ending(self, zone: ZoneInfo) -> Ending | None:
        """Return what it means for the tasks of the missed calls."""
        callback = self.callback
        at = callback.closed_at or callback.due_at
        return ending_of(callback.customer, callback.state, callback.reason, callback.by, callback.spent, at, zone)


@dataclass(frozen=True, slots=True)
class NotesMessage:
    """What people wrote on a call, the whole of it."""

    call_id: str
    at: datetime
    notes: NotesShape


@dataclass(frozen=True, slots=True)
class ErasureMessage:
    """A number was erased; this is one of its calls, or empty for what belonged to the number itself."""

    erasure: int
    call_id: str


News = CallMessage | RecordingMessage | CallbackMessage | NotesMessage | ErasureMessage


def news_of(message: Message) -> News | None:
    """Read a message; None for what no CRM hears of."""
    body: dict[str, Any] = json.loads(message.body)
    if "callback" in body:
        return CallbackMessage(CallbackEventShape.model_validate(body["callback"]))
    if message.kind == ERASED_KIND:
        return ErasureMessage(int(body["erasure"]), str(body["call_id"]))
    if message.kind == NOTED:
        return NotesMessage(
            str(body["call_id"]), datetime.fromisoformat(body["at"]), NotesShape.model_validate(body["notes"])
        )
    if message.kind == RECORDING_KIND and body["recordings"]:
        recordings = tuple(ReadyRecording.model_validate(each) for each in body["recordings"])
        return RecordingMessage(str(body["call_id"]), recordings)
    if "call" in body:
        return CallMessage(
            message.kind, CallShape.model_validate(body["call"]), body.get("ringing", {}).get("number", "")
        )
    return None
