"""What the demo's webhook receiver knows: deliveries, each once, and what they say together of each call. Pure.

Deliveries of one call, and of one callback request, come in order; the two do not wait for each other. So each is kept
for itself, and a call's row is put together when somebody looks.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, assert_never

from deploy.demo.deliveries import AlarmTold, CallbackTold, CallTold, Delivery, RecordingsTold

_KEPT = 500
_KEPT_IDS = 20_000


class Looked(NamedTuple):
    """What a delivery does not hold, and the API was asked for."""

    owner: str = ""
    """The name of the manager whose customer it is; empty: nobody's."""
    link: str = ""
    """Where the recording can be heard."""


class Line(NamedTuple):
    """One delivery, in words; all from a network."""

    at: datetime
    kind: str
    about: str
    """The call's id, or ``request N``."""
    said: str

    def text(self) -> str:
        """Return it as one line."""
        return f"{self.kind:<21} {self.about}  {self.said}"


class Row(NamedTuple):
    """One ended call, as far as the deliveries tell; texts are empty where there is nothing to say."""

    call_id: str
    began: datetime
    direction: str
    kind: str
    """``callback`` if it is ours, to a customer who was missed."""
    customer: str
    """Name and number; empty: hidden, or an internal call."""
    ours: str
    """Our number that was dialled, or who of us dialled."""
    owner: str
    """The customer's own manager."""
    answered_by: str
    outcome: str
    recording: str
    """Its address."""
    callback: str
    """What has become of the callback request so far."""

    def as_json(self) -> Mapping[str, Any]:
        """Return it as a JSON object; times are ISO 8601."""
        return self._asdict() | {"began": self.began.isoformat()}


class Inbox:
    """The memory of the receiver; the last 500 of everything."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._calls: OrderedDict[str, CallTold] = OrderedDict()
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._links: OrderedDict[str, str] = OrderedDict()
        self._requests: OrderedDict[int, CallbackTold] = OrderedDict()
        self._request_of: OrderedDict[str, int] = OrderedDict()
        self.lines: deque[Line] = deque(maxlen=_KEPT)
        """Newest last."""
        self.repeated = 0
        """Deliveries that had been here before."""

    def has(self, message_id: str) -> bool:
        """Return whether it was taken already."""
        return message_id in self._ids

    def take(self, delivery: Delivery, looked: Looked) -> Line | None:
        """Take a delivery in and give its line; None if it was here before: a try whose answer got lost."""
        if self.has(delivery.message_id):
            self.repeated += 1
            return None
        _put(self._ids, delivery.message_id, None, most=_KEPT_IDS)
        line = Line(delivery.at, delivery.kind, *self._taken(delivery, looked))
        self.lines.append(line)
        return line

    def _taken(self, delivery: Delivery, looked: Looked) -> tuple[str, str]:
        match delivery.told:
            case CallTold() as call:
                _put(self._calls, call.call_id, call)
                if looked.owner:
                    _put(self._owners, call.customer, looked.owner)
                return call.call_id, _joined(outcome(call), f"customer of {looked.owner}" if looked.owner else "")
            case CallbackTold() as callback:
                _put(self._requests, callback.request_id, callback)
                if callback.call_id:
                    _put(self._request_of, callback.call_id, callback.request_id)
                if looked.owner:
                    _put(self._owners, callback.customer, looked.owner)
                return f"request {callback.request_id}", _joined(progress(callback), callback.call_id)
            case RecordingsTold() as ready:
                _put(self._links, ready.call_id, looked.link)
                return ready.call_id, looked.link
            case AlarmTold() as alarm:
                return alarm.call_id or "recording", f"{alarm.cause}: {alarm.why}"
            case None:
                return "", "not read here"
            case other:
                assert_never(other)

    def rows(self) -> Iterator[Row]:
        """Yield the calls that ended, newest first."""
        for call in sorted(self._calls.values(), key=lambda one: one.started_at, reverse=True):
            request = self._requests.get(self._request_of.get(call.call_id, 0))
            customer, ours = _sides(call)
            yield Row(
                call.call_id,
                call.started_at,
                call.direction,
                call.kind,
                customer,
                ours,
                self._owners.get(call.customer, "") if call.customer else "",
                (call.answered_by.name or call.answered_by.number) if call.answered_by else "",
                outcome(call),
                self._links.get(call.call_id, ""),
                progress(request) if request else "",
            )


def outcome(call: CallTold) -> str:
    """Return how a call ended."""
    if call.disposition == "missed":
        return f"missed: {call.missed_reason or ''}, waited {call.wait_seconds:.0f} s".replace("_", " ")
    if call.disposition == "answered":
        return f"answered, talked {call.talk_seconds:.0f} s"
    return call.disposition.replace("_", " ")


def progress(callback: CallbackTold) -> str:
    """Return how a callback request stands."""
    by = f" by {callback.by}" if callback.by else ""
    return f"{callback.state}: {callback.reason}{by}".replace("_", " ")


def _sides(call: CallTold) -> tuple[str, str]:
    """Return the customer, and what of ours they spoke with."""
    caller = _joined(call.caller.name, call.caller.number, by=" ")
    if call.direction == "inbound":
        return _joined(call.caller.name, call.customer or call.caller.number, by=" "), call.dialed
    return call.customer, caller if call.customer else _joined(caller, call.dialed, by=" to ")


def _joined(*texts: str, by: str = " · ") -> str:
    return by.join(text for text in texts if text)


def _put(kept: OrderedDict[Any, Any], key: object, value: object, *, most: int = _KEPT) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
