"""What the PBX says, put where it belongs: answers to the pending table, events to the tracker, oddities to the log.

Three promises. Nothing that a peer sends, and no bug in what hears the events, raises out of `feed`: the rest of the
chunk is read as if nothing had been. Each kind of oddity is logged once with the raw event, and always counted. Events
keep their order, also around a resync:

    live events ... | response to CoreShowChannels, its rows | live events ...
    handed on at once                                          held back until the snapshot was handed over

Asterisk writes the list from its cache of channels in one go, and its events go through a queue: an event that stands
before the list is in it already, one behind it may be (and is harmless then: births of known channels and hangups of
unknown ones say nothing new). So the tracker hears: old events, the snapshot, held events, live events. No gap, nothing
out of order. `hold` begins with the response itself, in the middle of a chunk; `release` is called without an await
between it and the snapshot's hand-over.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import chain
from time import monotonic
from typing import Protocol

import structlog

from telephony.ami.capture import Capture
from telephony.ami.counters import LinkAnomaly, LinkCounters
from telephony.ami.protocol.frequent import READERS
from telephony.ami.protocol.messages import NEEDED, NEEDED_VALUES, Decoder
from telephony.ami.protocol.parser import AmiMessage, Banner, Parser, UnreadableMessage
from telephony.channel_events import ChannelEvent

MOST_HELD = 200_000
"""Events kept back during one resync (about 100 MB): more, and they are let go in order and the resync is void."""

WANTED = NEEDED | {"FullyBooted"}


class Answers(Protocol):
    """Whoever waits for answers."""

    def answer(self, message: AmiMessage) -> bool:
        """Take it; return False if nobody waits for it."""
        ...


class Inbound:
    """The ear of one link, over all its connections.

    Args:
        pbx: the PBX's name, for the log.
        on_event: hears each event; may raise (a bug, logged).
        clock: the time of events from a PBX without ``timestampevents``.
        counters: counted into.
        capture: where the raw bytes go, if anywhere.
        on_bug: told when ``on_event`` raised: what it made of the calls may be wrong now.
    """

    def __init__(
        self,
        pbx: str,
        on_event: Callable[[ChannelEvent], None],
        clock: Callable[[], datetime],
        counters: LinkCounters,
        capture: Capture | None = None,
        on_bug: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_event = on_event
        self._clock = clock
        self._counters = counters
        self._capture = capture
        self._on_bug = on_bug
        self.version = ""
        """AMI's version as its banner told it, empty before that."""
        self.greeted = asyncio.Event()
        """Set when this connection's peer has greeted as AMI does."""
        self._log = structlog.get_logger(__name__).bind(pbx=pbx)
        self._told: set[tuple[str, ...]] = set()
        self._held: list[ChannelEvent] | None = None
        self._answers: Answers | None = None
        self._own_ids = ""
        self._last_heard: float | None = None
        self._last_heard_before: float | None = None
        """Seconds of the monotonic clock, of this connection and of those before it."""
        self.connected(None, "")

    def connected(self, answers: Answers | None, own_ids: str) -> None:
        """A new connection begins: forget half messages of the last one. ``own_ids`` begin our actions' ids."""
        self._answers, self._own_ids = answers, own_ids
        self._last_heard_before = self._last_heard
        self._parser = Parser(WANTED, only=NEEDED_VALUES, readers=READERS)
        self._decoder = Decoder(self._clock)
        self.greeted.clear()

    def disconnected(self) -> None:
        """The connection ended: what was held back has happened, so it is handed on; a half message is dropped."""
        self.release()
        self._answers = None
        if self._capture:
            self._capture.cut()

    def feed(self, data: bytes) -> None:
        """Read the next bytes of the connection."""
        self._counters.bytes_received += len(data)
        self._last_heard = monotonic()
        self._captured(data)
        for item in self._parser.feed(data):
            if isinstance(item, AmiMessage):
                self._message(item)
            elif isinstance(item, (Banner, UnreadableMessage)):
                self._other(item)
            else:
                self._counters.messages += 1
                self.take(item)

    @property
    def silent_seconds(self) -> float | None:
        """How long ago the connections before this one were last heard; None if there was none."""
        return None if self._last_heard_before is None else monotonic() - self._last_heard_before

    def hold(self) -> None:
        """From here on keep events back."""
        self._held = []

    @property
    def holding(self) -> bool:
        """True from `hold` to `release`; False too if so much came that everything was let go."""
        return self._held is not None

    def release(self, first: Iterable[ChannelEvent] = ()) -> None:
        """Hand over ``first``, then what was held back, in order; and keep nothing back any more."""
        held, self._held = self._held, None
        for event in chain(first, held or ()):
            self._hand_over(event)

    def _message(self, message: AmiMessage) -> None:
        counters = self._counters
        counters.messages += 1
        headers = message.headers
        if "actionid" in headers and headers["actionid"].startswith(self._own_ids) and self._answered(message):
            return
        try:
            event = self._decoder.decode(message)
        except Exception as bug:  # noqa: BLE001 - one bad event must not take the others with it
            self._failed(bug, message)
            return
        if event is not None:
            self.take(event)

    def take(self, event: ChannelEvent) -> None:
        """Take an event in at this place of the stream: hand it on, or keep it back."""
        if self._held is None:
            self._hand_over(event)
        else:
            self._keep(event)

    def _answered(self, message: AmiMessage) -> bool:
        """Return True if the message was an answer, also one that nobody waits for any more."""
        if self._answers and self._answers.answer(message):
            return True
        if message.name == "OriginateResponse":
            return False
        self._odd(LinkAnomaly.LATE_ANSWER, message.name or "Response", message=message.headers)
        return True

    def _hand_over(self, event: ChannelEvent) -> None:
        self._counters.events += 1
        try:
            self._on_event(event)
        except Exception as bug:  # noqa: BLE001 - the link lives on, whatever the listener's bug
            self._failed(bug, event)
            self._on_bug()

    def _keep(self, event: ChannelEvent) -> None:
        held = self._held
        if held is None:
            return
        held.append(event)
        if len(held) > MOST_HELD:
            self._odd(LinkAnomaly.HELD_OVERFLOW, "", events=len(held))
            self.release()

    def _other(self, item: Banner | UnreadableMessage) -> None:
        if isinstance(item, Banner):
            self.version = item.version
            self.greeted.set()
        else:
            self._odd(LinkAnomaly.UNREADABLE, item.defect.value, head=item.head)

    def _failed(self, bug: Exception, raw: object) -> None:
        self._odd(LinkAnomaly.EVENT_FAILED, f"{type(raw).__name__}:{type(bug).__name__}", exc_info=bug, raw=raw)

    def _captured(self, data: bytes) -> None:
        if self._capture is None:
            return
        try:
            self._capture.write(data)
        except OSError as error:
            self._odd(LinkAnomaly.CAPTURE_FAILED, "", path=str(self._capture.path), reason=str(error))

    def _odd(self, anomaly: LinkAnomaly, kind: str, **details: object) -> None:
        self._counters.anomalies[anomaly] += 1
        if (anomaly, kind) not in self._told:
            self._told.add((anomaly, kind))
            self._log.warning("ami.anomaly", anomaly=anomaly.value, kind=kind, **details)
