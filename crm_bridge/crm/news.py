"""An outbox message as an adapter reads it. Pure."""

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from crm_bridge.crm.duties import Ending, ending_of
from crm_bridge.outbox.store import Message
from crm_bridge.payloads import CallbackEventShape, CallShape, ReadyRecording

CALLBACK_KINDS = ("callback.reached", "callback.done", "callback.cancelled", "callback.discarded")
"""The kinds that end a callback request."""
RECORDING_KIND = "recording.ready"
ENDED_KINDS = ("call.ended", "call.missed")
KINDS = (*ENDED_KINDS, RECORDING_KIND, *CALLBACK_KINDS)
"""What a CRM is told that has no card to show."""


@dataclass(frozen=True, slots=True)
class CallNews:
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
class RecordingNews:
    """A call's recordings can be played."""

    call_id: str
    recordings: tuple[ReadyRecording, ...]

    @property
    def longest(self) -> ReadyRecording:
        """The one for a CRM that takes one."""
        return max(self.recordings, key=lambda each: (each.seconds, -each.recording_id))


@dataclass(frozen=True, slots=True)
class CallbackNews:
    """Something of a callback request."""

    callback: CallbackEventShape

    def ending(self, zone: ZoneInfo) -> Ending | None:
        """Tell what it means for the tasks of the missed calls."""
        told = self.callback
        at = told.closed_at or told.due_at
        return ending_of(told.customer, told.state, told.reason, told.by, told.spent, at, zone)


News = CallNews | RecordingNews | CallbackNews


def news_of(message: Message) -> News | None:
    """Read a message; None for what no CRM hears of."""
    body: dict[str, Any] = json.loads(message.body)
    if "callback" in body:
        return CallbackNews(CallbackEventShape.model_validate(body["callback"]))
    if message.kind == RECORDING_KIND and body["recordings"]:
        recordings = tuple(ReadyRecording.model_validate(each) for each in body["recordings"])
        return RecordingNews(str(body["call_id"]), recordings)
    if "call" in body:
        return CallNews(message.kind, CallShape.model_validate(body["call"]), body.get("ringing", {}).get("number", ""))
    return None
