"""CEL rows to typed channel events: the only place that knows CEL's event names and the keys of its JSON.

A row may mean several events, or none. Some things must be remembered from row to row: when a caller entered a queue,
and whether the one who left it hung up, which only the channel's next row tells; what a call dialled; how far the PBX's
clock is from UTC, where times are written without a zone (`ZoneFinder`); and, in exports that leave out the column that
names bridges, who is together (`Together`).
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from telephony import channel_events as ce
from telephony.ami.protocol.channel_headers import whole
from telephony.calls.tracking.channels import endpoint_of
from telephony.cel.recent import Recent
from telephony.cel.rows import CelRow
from telephony.cel.together import Together
from telephony.cel.zone import ZoneFinder

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOLDING: Final = frozenset({"holding_bridge", "parking", "holding"})
_NO_VISIT: Final = timedelta(milliseconds=250)
"""Who leaves a queue sooner was not let in; CEL does not tell why."""

_CLOSED: Final = "ringback-closed"
"""The context that answers callers while nobody works (dialplan/inbound.conf)."""
_DIALS_KEPT: Final = 2000  # characters of dial strings of one call
_UNTOLD: Final = frozenset({"", "N/A"})
MONITOR_FOLDER: Final = "/var/spool/asterisk/monitor"
"""Where Asterisk puts a recording without a whole path, below asterisk.conf's `astspooldir`; this is the default."""
_BRIDGE_ROWS: Final = frozenset({"BRIDGE_ENTER", "BRIDGE_EXIT"})
_DOWN: Final = 0
_RING: Final = 4
_UP: Final = 6
Extra = dict[str, str]
Events = list[ce.ChannelEvent]


class CelDecoder:
    """Makes channel events of one stream's rows, in order.

    ``monitor_folder`` is where the PBX puts recordings that are named without a whole path.
    """

    def __init__(self, monitor_folder: str = MONITOR_FOLDER) -> None:
        self._monitor = monitor_folder.rstrip("/")
        self._last = _EPOCH
        self._zone = ZoneFinder()
        self._together = Together()
        self._dials: Recent[str] = Recent()
        self._ringing_nobody: Recent[bool] = Recent()
        self._in_queue: Recent[datetime] = Recent()
        self._left_queue: Recent[tuple[str, bool]] = Recent()

    def decode(self, row: CelRow) -> Events:
        """Return what the row tells; an event type that is not known tells nothing."""
        self._last = self._zone.read(row) or self._last
        facts = ce.ChannelFacts(
            row.uniqueid, row.channel, row.linkedid, row.number, row.caller_name, "", "", row.context, row.exten
        )
        extra = _extra(row.extra)
        before = self._leaving_queue(row, facts, extra)
        maker = _MAKERS.get(row.event_type)
        self._together.note(row)
        extra, moved = self._completed(row, extra)
        if row.event_type == "APP_START" and row.app.lower() == "mixmonitor":
            events = self._recording(row, facts)
        else:
            events = maker(row, facts, extra, self._last) if maker else []
        self._note_dial(row)
        if row.event_type == "CHAN_START":
            events = [self._with_dialstring(event, row) for event in events]
        if row.app.lower() == "queue":
            self._note_queue(row)
        return before + events + moved

    def _completed(self, row: CelRow, extra: Extra) -> tuple[Extra, Events]:
        """What the row says, and what it would say of others if its export left no column out."""
        if row.event_type in _BRIDGE_ROWS and not extra.get("bridge_id"):
            return {**extra, **self._together.bridge(row)}, []
        if row.event_type == "PICKUP" and not extra.get("pickup_channel"):
            return {**extra, **self._together.picker(row)}, []
        if row.event_type == "ATTENDEDTRANSFER" and not extra.get("channel2_name"):
            told, who = self._together.handed_over(row)
            return {**extra, **told}, [ce.BridgeEntered(self._last, told["bridge_id"], facts) for facts in who]
        if row.event_type == "HANGUP" and not extra and self._ringing_nobody.pop(row.linkedid, False):
            return {"dialstatus": "CHANUNAVAIL"}, []  # it dialled, and no phone was there to be rung
        return extra, []

    def _note_dial(self, row: CelRow) -> None:
        """Remember what a call dials: only the dialler's row tells which number a trunk was asked for."""
        if row.event_type == "APP_START" and row.app.lower() == "dial":
            before = self._dials.get(row.linkedid, "")[-_DIALS_KEPT:]
            self._dials[row.linkedid] = f"{before}&{row.app_args.partition(',')[0]}"
            self._ringing_nobody[row.linkedid] = True
        elif row.event_type == "CHAN_START":
            self._ringing_nobody.pop(row.linkedid, None)
        elif row.event_type in {"CHAN_END", "LINKEDID_END"} and row.uniqueid == row.linkedid:
            self._dials.pop(row.linkedid, None)

    def _with_dialstring(self, event: ce.ChannelEvent, row: CelRow) -> ce.ChannelEvent:
        if not isinstance(event, ce.DialBegan):
            return event
        peer = endpoint_of(row.channel).partition("/")[2]
        dials = reversed(self._dials.get(row.linkedid, "").split("&"))
        asked = (part for part in dials if peer in re.split(r"[/@:]", part))
        return event._replace(dialstring=next(asked, "").partition("/")[2])

    def _recording(self, row: CelRow, facts: ce.ChannelFacts) -> Events:
        named = row.app_args.partition(",")[0]
        path = named if named.startswith("/") else f"{self._monitor}/{named}"
        return [ce.RecordingStarted(self._last, facts, path)] if named else []

    def _note_queue(self, row: CelRow) -> None:
        if row.event_type == "APP_START":
            self._in_queue[row.uniqueid] = self._last
        elif row.event_type == "APP_END":
            short = self._last - self._in_queue.pop(row.uniqueid, _EPOCH) < _NO_VISIT
            self._left_queue[row.uniqueid] = (row.app_args.partition(",")[0], short)

    def _leaving_queue(self, row: CelRow, facts: ce.ChannelFacts, extra: Extra) -> Events:
        if row.event_type == "CHAN_END":
            self._in_queue.pop(row.uniqueid, None)
        queue, short = self._left_queue.pop(row.uniqueid, ("", False))
        if not queue:
            return []
        gave_up = row.event_type == "HANGUP" and extra.get("hangupsource") == row.channel
        left = ce.QueueLeft(self._last, facts, queue, abandoned=gave_up)
        return [left, ce.QueueEnded(self._last, facts, "JOINEMPTY")] if short and not gave_up else [left]


def is_known(event_type: str) -> bool:
    """Return whether this event type has a meaning here."""
    return event_type in _MAKERS


def _extra(text: str) -> Extra:
    if not text.startswith("{"):
        return {}
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in read.items()} if isinstance(read, dict) else {}


def _started(row: CelRow, facts: ce.ChannelFacts, _: Extra, at: datetime) -> Events:
    """The first channel of a call came in, if it asks for an extension; any other one was dialled."""
    if row.uniqueid == row.linkedid or not row.linkedid:
        asks = row.exten not in {"", "s"}
        return [ce.ChannelSeen(at, facts._replace(state=_RING if asks else _DOWN), born=True)]
    return [
        ce.ChannelSeen(at, facts._replace(state=0), born=True),
        ce.DialBegan(at, ce.ChannelFacts(row.linkedid, ""), facts),
    ]


def _answered(row: CelRow, facts: ce.ChannelFacts, _: Extra, at: datetime) -> Events:
    seen = ce.ChannelSeen(at, facts._replace(state=_UP))
    if row.app == "AppDial2":
        return [ce.DialBegan(at, None, facts), seen]
    if row.app.lower() == "voicemail":  # it answers by itself
        return [seen, ce.MailboxReached(at, facts)]
    return [seen, ce.OffHoursHeard(at, facts)] if row.context == _CLOSED else [seen]


def _app_started(row: CelRow, facts: ce.ChannelFacts, _: Extra, at: datetime) -> Events:
    if row.app.lower() == "queue":
        return [ce.QueueJoined(at, facts, row.app_args.partition(",")[0])]
    if row.app.lower() == "voicemail":
        return [ce.MailboxReached(at, facts)]
    return [ce.ChannelSeen(at, facts)]


def _hung_up(_: CelRow, facts: ce.ChannelFacts, extra: Extra, at: datetime) -> Events:
    gone = ce.ChannelHungUp(at, facts, whole(extra.get("hangupcause"), -1))
    dialstatus = extra.get("dialstatus", "").upper()
    ends: Events = [ce.DialEnded(at, facts, None, dialstatus), gone] if dialstatus else [gone]
    by_pbx = extra.get("hangupsource", "").startswith("dialplan/")
    return [ce.HangupAsked(at, facts, by_pbx=True), *ends] if by_pbx else ends


def _ended(_: CelRow, facts: ce.ChannelFacts, __: Extra, at: datetime) -> Events:
    return [ce.ChannelHungUp(at, facts)]


def _entered(_: CelRow, facts: ce.ChannelFacts, extra: Extra, at: datetime) -> Events:
    return [ce.BridgeEntered(at, extra["bridge_id"], facts, extra.get("bridge_technology", "") in _HOLDING)]


def _left(_: CelRow, facts: ce.ChannelFacts, extra: Extra, at: datetime) -> Events:
    return [ce.BridgeLeft(at, extra.get("bridge_id", ""), facts, extra.get("bridge_technology", "") in _HOLDING)]


def _pair(row: CelRow, facts: ce.ChannelFacts, at: datetime) -> Events:
    return [ce.PairLinked(at, facts, ce.ChannelFacts("", row.peer))] if row.peer else []


def _pair_started(row: CelRow, facts: ce.ChannelFacts, _: Extra, at: datetime) -> Events:
    return _pair(row, facts, at)


def _pair_ended(row: CelRow, facts: ce.ChannelFacts, _: Extra, at: datetime) -> Events:
    return [ce.PairUnlinked(at, facts, ce.ChannelFacts("", row.peer))] if row.peer else []


def _blind(_: CelRow, facts: ce.ChannelFacts, extra: Extra, at: datetime) -> Events:
    transferee = _named(extra, "transferee_channel")
    return [ce.BlindTransferred(at, facts, transferee, extra.get("extension", ""), extra.get("context", ""))]


def _attended(_: CelRow, facts: ce.ChannelFacts, extra: Extra, at: datetime) -> Events:
    second = _named(extra, "channel2") or facts
    return [
        ce.AttendedTransferred(
            at, facts, second, _named(extra, "transferee_channel"), _named(extra, "transfer_target_channel")
        )
    ]


def _picked_up(_: CelRow, facts: ce.ChannelFacts, extra: Extra, at: datetime) -> Events:
    picker = ce.ChannelFacts(extra.get("pickup_channel_uniqueid", ""), extra.get("pickup_channel", ""))
    return [ce.PickedUp(at, picker, facts)] if picker.name or picker.uniqueid else []


def _parked(_: CelRow, facts: ce.ChannelFacts, extra: Extra, at: datetime) -> Events:
    return [ce.Parked(at, facts, extra.get("parker_dial_string", ""), extra.get("parking_space", ""))]


def _unparked(_: CelRow, facts: ce.ChannelFacts, extra: Extra, at: datetime) -> Events:
    retriever = extra.get("retriever", "")
    return [ce.Unparked(at, facts, ce.ChannelFacts("", retriever) if retriever else None)]


def _closed(row: CelRow, _: ce.ChannelFacts, __: Extra, at: datetime) -> Events:
    return [ce.CallClosed(at, row.linkedid, row.uniqueid)]


def _nothing(_: CelRow, __: ce.ChannelFacts, ___: Extra, ____: datetime) -> Events:
    return []


def _named(extra: Extra, prefix: str) -> ce.ChannelFacts | None:
    uniqueid, name = extra.get(f"{prefix}_uniqueid", ""), extra.get(f"{prefix}_name", "")
    return ce.ChannelFacts(uniqueid, name) if uniqueid not in _UNTOLD or name not in _UNTOLD else None


_MAKERS: Final[dict[str, Callable[[CelRow, ce.ChannelFacts, Extra, datetime], Events]]] = {
    "CHAN_START": _started,
    "ANSWER": _answered,
    "APP_START": _app_started,
    "APP_END": _nothing,
    "HANGUP": _hung_up,
    "CHAN_END": _ended,
    "BRIDGE_ENTER": _entered,
    "BRIDGE_EXIT": _left,
    "BRIDGE_START": _pair_started,
    "BRIDGE_END": _pair_ended,
    "BLINDTRANSFER": _blind,
    "ATTENDEDTRANSFER": _attended,
    "PICKUP": _picked_up,
    "PARK_START": _parked,
    "PARK_END": _unparked,
    "FORWARD": _nothing,
    "LOCAL_OPTIMIZE": _nothing,
    "LOCAL_OPTIMIZE_BEGIN": _nothing,
    "LINKEDID_END": _closed,
}
