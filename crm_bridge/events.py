"""What happened as others read it: its published name and its body. One table, so that SSE, webhooks and CRMs agree."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, assert_never

from crm_bridge.cases.lifecycle import CaseVerb
from crm_bridge.cases.shapes import CaseShape
from crm_bridge.schemas import (
    AlarmShape,
    CallbackEventShape,
    CallShape,
    NotesShape,
    PresenceShape,
    ReadyRecording,
    ScoredShape,
    TransferShape,
)
from crm_bridge.surveys.shapes import SurveyEventShape
from telephony.events import (
    CallAnswered,
    CallbackChanged,
    CallEnded,
    CallEvent,
    CallMerged,
    CallRecorded,
    CallRinging,
    CallStarted,
    CallTransferred,
    NumberKeyed,
    SurveyOver,
)
from telephony.model import Disposition
from telephony.numbers import canonical
from telephony.ports import Row

Published = tuple[str, Mapping[str, Any]]
"""The kind, like ``call.ended``, and the JSON body."""


def publish(event: CallEvent, region: str) -> Published:
    """Return an event its name and body; ``region`` is the operator's country, for numbers without a country code.

    ``call.missed`` is a ``call.ended`` that nobody answered: a listener who only wants misses need not look inside.
    """
    body: dict[str, Any] = {
        "at": event.at.isoformat(),
        "call": CallShape.of(event.call, region).model_dump(mode="json"),
    }
    match event:
        case CallStarted():
            return "call.started", body
        case CallRinging(channel=channel, number=number):
            return "call.ringing", body | {"ringing": {"channel": channel, "number": number}}
        case CallAnswered():
            return "call.answered", body
        case CallTransferred(transfer=transfer):
            return "call.transferred", body | {
                "transfer": TransferShape.model_validate(transfer).model_dump(mode="json")
            }
        case CallRecorded():
            return "call.recording_started", body
        case NumberKeyed(number=number):
            return "call.number_keyed", body | {"number": canonical(number, region)}
        case CallMerged(absorbed=absorbed):
            return "call.merged", body | {"absorbed": absorbed}
        case CallEnded(call=call):
            return ("call.missed" if call.disposition is Disposition.MISSED else "call.ended"), body
        case _:
            assert_never(event)


_CALLBACK_KINDS: Final = {
    "request": "requested",
    "rank": "ranked",
    "ring": "ringing",
    "pass_on": "passed_on",
    "accept": "accepted",
    "bridge": "talking",
    "retry": "retried",
    "snooze": "snoozed",
    "hold": "held",
    "release": "released",
    "cancel": "cancelled",
    "discard": "discarded",
}
CALLBACK_KINDS: Final = frozenset(
    f"callback.{kind}" for kind in (*_CALLBACK_KINDS.values(), "missed_again", "reached", "done")
)
CALL_KINDS: Final = frozenset(
    f"call.{kind}"
    for kind in (
        "started",
        "ringing",
        "answered",
        "transferred",
        "recording_started",
        "number_keyed",
        "merged",
        "ended",
        "missed",
    )
)
_CLOSED_AT_BIRTH: Final = frozenset({"cancelled", "discarded"})


def publish_callback(event: CallbackChanged) -> Published:
    """Return a change of a callback request its name and body.

    ``callback.requested`` is the first; ``callback.reached`` is the one that everybody waits for.
    """
    return f"callback.{_callback_kind(event)}", {
        "at": event.at.isoformat(),
        "callback": CallbackEventShape.model_validate(event).model_dump(mode="json"),
    }


def _callback_kind(event: CallbackChanged) -> str:
    match event.verb:
        case "miss":
            if event.state in _CLOSED_AT_BIRTH:
                return event.state
            return "requested" if event.misses == 1 else "missed_again"
        case "done":
            return "reached" if event.reason == "reached" else "done"
        case verb:
            return _CALLBACK_KINDS.get(verb, verb)


PHONE_CHANGED: Final = "phone.changed"
"""A manager's phone stands otherwise; told live only."""


def publish_presence(phone: PresenceShape, at: datetime) -> Published:
    """Return how a manager's phone stands now."""
    return PHONE_CHANGED, {"at": at.isoformat(), "phone": phone.model_dump(mode="json")}


NOTED: Final = "call.noted"
"""People wrote on a call, or took something back."""


def publish_notes(call_id: str, notes: NotesShape, at: datetime) -> Published:
    """Return what people wrote on a call: always the whole of it, so that the last word is enough."""
    return NOTED, {"at": at.isoformat(), "call_id": call_id, "notes": notes.model_dump(mode="json")}


SURVEY_KINDS: Final = frozenset({"survey.answered", "survey.ended"})


def publish_survey(over: SurveyOver) -> Published:
    """Return a survey its name and body: ``survey.answered`` if the customer agreed, else ``survey.ended``."""
    kind = "survey.answered" if over.consented else "survey.ended"
    body = SurveyEventShape.model_validate(over).model_dump(mode="json")
    return kind, {"at": over.at.isoformat(), "survey": body}


_CASE_KINDS: Final[Mapping[CaseVerb, str]] = {
    CaseVerb.OPEN: "case.opened",
    CaseVerb.ADD: "case.added",
    CaseVerb.ACT: "case.acted",
    CaseVerb.GIVE: "case.given",
    CaseVerb.ESCALATE: "case.due",
    CaseVerb.CLOSE: "case.closed",
}
CASE_KINDS: Final = frozenset(_CASE_KINDS.values())


def publish_case(case: CaseShape, verb: CaseVerb, by: str, at: datetime) -> Published:
    """Return what happened to the case of an unhappy customer; ``by``: who did it, empty for Ringback itself."""
    return _CASE_KINDS[verb], {"at": at.isoformat(), "by": by, "case": case.model_dump(mode="json")}


ERASED: Final = "call.erased"
"""A number was forgotten: whoever was told of these calls is to forget it, too."""


def publish_erasure(erasure: int, calls: Sequence[str], requests: Sequence[int], at: datetime) -> Published:
    """Return whose copies are to be forgotten, by ids only."""
    body = {"at": at.isoformat(), "erasure": erasure, "calls": list(calls), "callbacks": list(requests)}
    return ERASED, body


def publish_ready(call_id: str, recordings: Sequence[Row], at: datetime) -> Published:
    """Return that a call's recordings can be played."""
    shapes = [ReadyRecording.model_validate(dict(row)).model_dump(mode="json") for row in recordings]
    return "recording.ready", {"at": at.isoformat(), "call_id": call_id, "recordings": shapes}


REVIEW_SCORED: Final = "review.scored"
"""Somebody listened to a call and scored it, or corrected a score."""


def publish_score(scored: ScoredShape, at: datetime) -> Published:
    """Return what a call was scored."""
    return REVIEW_SCORED, {"at": at.isoformat(), "review": scored.model_dump(mode="json")}


def publish_alarm(alarm: AlarmShape) -> Published:
    """Return that something is wrong with recording."""
    return "recording.alarm", {"at": alarm.raised_at.isoformat(), "alarm": alarm.model_dump(mode="json")}
