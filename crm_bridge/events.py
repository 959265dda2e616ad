"""A call event as others read it: its published name and its body. One table, so that SSE, webhooks and CRMs agree."""

from collections.abc import Mapping
from typing import Any, assert_never

from crm_bridge.payloads import CallShape, TransferShape
from telephony.events import (
    CallAnswered,
    CallEnded,
    CallEvent,
    CallMerged,
    CallRecorded,
    CallRinging,
    CallStarted,
    CallTransferred,
)
from telephony.model import Disposition

Published = tuple[str, Mapping[str, Any]]
"""The kind, like ``call.ended``, and the JSON body."""


def publish(event: CallEvent, region: str) -> Published:
    """Give an event its name and body; ``region`` is the operator's country, for numbers without a country code.

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
        case CallMerged(absorbed=absorbed):
            return "call.merged", body | {"absorbed": absorbed}
        case CallEnded(call=call):
            return ("call.missed" if call.disposition is Disposition.MISSED else "call.ended"), body
        case _:
            assert_never(event)
