"""What a PBX tells only once and no list of channels repeats: the file of a recording, the queue that one waits in.

Who was not there when it was said asks for it after the snapshot. Without this a call that the dialplan records would
be recorded a second time, and a caller who gives up in a queue would be one who gave up in the menu.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from telephony.ami.pending import Headers, Wanted
from telephony.ami.protocol.messages import live_channel
from telephony.ami.protocol.parser import Message
from telephony.ami.wire import Wire
from telephony.channel_events import ChannelEvent, LiveChannel, PbxSnapshot, QueueJoined, RecordingStarted
from telephony.errors import Refused

_AT_A_TIME: Final = 200
_RECORDING: Final = "MIXMONITOR_FILENAME"


def queues_joined(at: datetime, rows: Iterable[Message]) -> Iterator[ChannelEvent]:
    """Say of each ``CoreShowChannel`` row that waits in ``Queue`` and talks to nobody that it has joined that queue."""
    for row in rows:
        live = live_channel(row)
        if live and not live.bridge_id and row.headers.get("application") == "Queue":
            queue = row.headers.get("applicationdata", "").partition(",")[0]
            yield QueueJoined(at, live.facts, queue)


async def ask_for_recordings(
    wire: Wire, snapshot: PbxSnapshot, take: Callable[[ChannelEvent], None], *, timeout_seconds: float
) -> None:
    """Ask each channel for its recording; ``take`` hears of each at the answer's place in the stream.

    Raises:
        ActionTimedOut, PbxUnavailable: no answer, or none to come.
    """

    def asked(live: LiveChannel) -> Wanted:
        def answered(headers: Headers) -> None:
            path = headers.get("Value", "")
            if path:
                take(RecordingStarted(snapshot.at, live.facts, path))

        return Wanted("Getvar", timeout_seconds, on_first=answered)

    for start in range(0, len(snapshot.channels), _AT_A_TIME):
        some = snapshot.channels[start : start + _AT_A_TIME]
        answers = [wire.send({"Channel": live.facts.name, "Variable": _RECORDING}, asked(live)) for live in some]
        for answer in await asyncio.gather(*answers, return_exceptions=True):
            if isinstance(answer, BaseException) and not isinstance(answer, Refused):  # refused: it is gone already
                raise answer
