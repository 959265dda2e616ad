"""What a PBX tells only once and no list of channels repeats: a recording's file, a waiting caller's queue, an answer.

Who was not there when it was said asks for it after the snapshot. Without this a call that the dialplan records would
be recorded a second time, a caller who gives up in a queue would be one who gave up in the menu, and a talk of an hour
would have begun when the daemon did.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from telephony.ami.pending import Completion, Headers
from telephony.ami.protocol.messages import live_channel
from telephony.ami.protocol.parser import AmiMessage
from telephony.ami.protocol.times import moment_of
from telephony.ami.wire import Wire
from telephony.channel_events import ChannelEvent, LiveChannel, PbxSnapshot, QueueJoined, RecordingStarted
from telephony.errors import Refused

_AT_A_TIME: Final = 200
_RECORDING: Final = "MIXMONITOR_FILENAME"
_ANSWERED: Final = "CDR(answer,u)"
"""Of any channel, where the PBX keeps CDR; Asterisk logs an error for it where it does not."""
_TALK_BEGAN: Final = "RINGBACK_TALK_BEGAN"
"""Of a manager's channel in a callback (dialplan/manager.conf)."""
_CALLBACK_PREFIX: Final = "rb-cb-"
_PAIR: Final = 2


def queues_joined(at: datetime, rows: Iterable[AmiMessage]) -> Iterator[ChannelEvent]:
    """Say of each ``CoreShowChannel`` row that waits in ``Queue`` and talks to nobody that it has joined that queue."""
    for row in rows:
        live = live_channel(row)
        if live and not live.bridge_id and row.headers.get("application") == "Queue":
            queue = row.headers.get("applicationdata", "").partition(",")[0]
            yield QueueJoined(at, live.facts, queue)


async def ask_for_talks(wire: Wire, snapshot: PbxSnapshot, *, timeout_seconds: float) -> Mapping[str, timedelta]:
    """Ask for how long those have talked who are two in a bridge; of more nobody keeps it.

    Raises:
        ActionTimedOut, PbxUnavailable: no answer, or none to come.
    """
    bridges: dict[str, list[LiveChannel]] = {}
    for live in snapshot.channels:
        if live.bridge_id and live.bridge_id not in snapshot.holding:
            bridges.setdefault(live.bridge_id, []).append(live)
    pairs = [(bridge, live) for bridge, found in bridges.items() if len(found) == _PAIR for live in found]
    answered: dict[str, list[datetime]] = {}
    began: dict[str, datetime] = {}
    for variable, some in ((_ANSWERED, pairs), (_TALK_BEGAN, [pair for pair in pairs if _is_callback(pair[1])])):
        for (bridge, _), moment in zip(some, await _moments(wire, variable, some, timeout_seconds), strict=True):
            if moment is not None and variable == _ANSWERED:
                answered.setdefault(bridge, []).append(moment)
            elif moment is not None:
                began[bridge] = moment
    began |= {bridge: max(found) for bridge, found in answered.items() if len(found) == _PAIR}
    return {bridge: snapshot.at - moment for bridge, moment in began.items()}


def _is_callback(live: LiveChannel) -> bool:
    return live.facts.uniqueid.startswith(_CALLBACK_PREFIX)


async def _moments(
    wire: Wire, variable: str, pairs: Sequence[tuple[str, LiveChannel]], timeout_seconds: float
) -> list[datetime | None]:
    found: list[datetime | None] = []
    for start in range(0, len(pairs), _AT_A_TIME):
        some = pairs[start : start + _AT_A_TIME]
        asked = (
            wire.send({"Channel": live.facts.name, "Variable": variable}, Completion("Getvar", timeout_seconds))
            for _, live in some
        )
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(answer, BaseException):
                if not isinstance(answer, Refused):  # refused: it is gone already
                    raise answer
                found.append(None)
            else:
                found.append(moment_of(answer.headers.get("Value", "")))
    return found


async def ask_for_recordings(
    wire: Wire, snapshot: PbxSnapshot, take: Callable[[ChannelEvent], None], *, timeout_seconds: float
) -> None:
    """Ask each channel for its recording; ``take`` hears of each at the answer's place in the stream.

    Raises:
        ActionTimedOut, PbxUnavailable: no answer, or none to come.
    """

    def asked(live: LiveChannel) -> Completion:
        def answered(headers: Headers) -> None:
            path = headers.get("Value", "")
            if path:
                take(RecordingStarted(snapshot.at, live.facts, path))

        return Completion("Getvar", timeout_seconds, on_first=answered)

    for start in range(0, len(snapshot.channels), _AT_A_TIME):
        some = snapshot.channels[start : start + _AT_A_TIME]
        answers = [wire.send({"Channel": live.facts.name, "Variable": _RECORDING}, asked(live)) for live in some]
        for answer in await asyncio.gather(*answers, return_exceptions=True):
            if isinstance(answer, BaseException) and not isinstance(answer, Refused):  # refused: it is gone already
                raise answer
