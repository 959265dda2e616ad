"""Every figure by its name. Pure.

A figure has no formula beside its list: `chosen` are the parameters of `GET /calls` or `GET /callbacks` that list its
rows, and what counts them. Shares are made of such figures. Words and definitions are in the console's catalogue under
``figure.<name>`` and ``figure.<name>.means``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from crm_bridge.figures.counts import RING_EDGES, SHORT_SECONDS, WITHIN_SECONDS, CallCount, RequestCount
from telephony.model import CallKind, Direction, Disposition, MissedReason


class FigureUnit(StrEnum):
    """What a figure's value is."""

    COUNT = "count"
    SHARE = "share"
    """Of 1."""
    SECONDS = "seconds"
    POINTS = "points"
    """Of 100."""


class ListName(StrEnum):
    """Where a figure's rows are listed."""

    CALLS = "calls"
    CALLBACKS = "callbacks"
    PROMISES = "promises"
    NEWCOMERS = "newcomers"
    CASES = "cases"
    REVIEWS = "reviews"


class Summed(StrEnum):
    """What is added up over the rows."""

    ROWS = "rows"
    TALK = "talk"


Chosen = Mapping[str, str | int | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of rows, or seconds of them."""

    name: str
    rows: ListName
    chosen: Chosen = field(default_factory=dict)
    summed: Summed = Summed.ROWS

    @property
    def unit(self) -> FigureUnit:
        """What its value is."""
        return FigureUnit.COUNT if self.summed is Summed.ROWS else FigureUnit.SECONDS

    def of_calls(self, counts: Iterable[CallCount]) -> float:
        """Return its value of calls."""
        fitting = [each for each in counts if _fits(each, self.chosen)]
        if self.summed is Summed.TALK:
            return sum(each.talk for each in fitting)
        return sum(each.number(self.chosen) for each in fitting)

    def of_requests(self, counts: Iterable[RequestCount]) -> int:
        """Return its value of callback requests."""
        return sum(each.requests for each in counts if _fits(each, self.chosen) and _rang(each, self.chosen))


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: figures by their names; what is left out of the whole is taken from it."""

    name: str
    rows: ListName
    part: str
    whole: tuple[str, ...]
    without: tuple[str, ...] = ()

    unit = FigureUnit.SHARE


def _fits(count: CallCount | RequestCount, chosen: Chosen) -> bool:
    for name, wanted in chosen.items():
        if name in _MEASURED:
            continue
        found = getattr(count, name)
        if found not in wanted if isinstance(wanted, tuple) else found != wanted:
            return False
    return True


_MEASURED: Final = frozenset({"wait_to", "ring_from", "ring_to"})
"""Chosen by how long it took: what is counted apart in each row."""


def _rang(count: RequestCount, chosen: Chosen) -> bool:
    if "ring_from" not in chosen:
        return True
    return count.ring == RING_EDGES.index(int(str(chosen["ring_from"]))) + 1


_OPEN_REASONS: Final = tuple(reason.value for reason in MissedReason if reason is not MissedReason.OFF_HOURS)
_IN: Final = {"direction": Direction.INBOUND.value}
_ANSWERED: Final = {"disposition": Disposition.ANSWERED.value}
_MISSED: Final = {"disposition": Disposition.MISSED.value}
_OUT: Final = {"direction": Direction.OUTBOUND.value}
SERVICE_SECONDS: Final = 20
"""The service level's."""

_CALLS: Final = (
    Figure("inbound", ListName.CALLS, _IN),
    Figure("answered", ListName.CALLS, _IN | _ANSWERED),
    Figure("missed", ListName.CALLS, _MISSED),
    *(Figure(f"missed_{reason}", ListName.CALLS, {"missed_reason": reason.value}) for reason in MissedReason),
    Figure("short", ListName.CALLS, _MISSED | {"wait_to": SHORT_SECONDS}),
    Figure("short_open", ListName.CALLS, {"missed_reason": _OPEN_REASONS, "wait_to": SHORT_SECONDS}),
    *(
        Figure(f"within_{seconds}", ListName.CALLS, _IN | _ANSWERED | {"wait_to": seconds})
        for seconds in WITHIN_SECONDS
    ),
    Figure("outbound", ListName.CALLS, _OUT),
    Figure("outbound_answered", ListName.CALLS, _OUT | _ANSWERED),
    Figure("internal", ListName.CALLS, {"direction": Direction.INTERNAL.value}),
    Figure("callback_calls", ListName.CALLS, {"kind": CallKind.CALLBACK.value}),
    Figure("talks", ListName.CALLS, _ANSWERED),
    Figure("talk", ListName.CALLS, _ANSWERED, Summed.TALK),
)
_REQUESTS: Final = (
    Figure("requests", ListName.CALLBACKS),
    *(
        Figure(f"fate_{fate}", ListName.CALLBACKS, {"fate": fate})
        for fate in ("answered_later", "got_through", "owed", "lost", "never_call")
    ),
    *(
        Figure(f"target_{target}", ListName.CALLBACKS, {"target": target})
        for target in ("met", "missed", "open", "not_needed")
    ),
    *(
        Figure(
            f"ring_{low}",
            ListName.CALLBACKS,
            {"ring_from": low} | ({"ring_to": high} if high else {}),
        )
        for low, high in zip(RING_EDGES, (*RING_EDGES[1:], 0), strict=True)
    ),
)
_SHARES: Final = (
    Share("answered_share", ListName.CALLS, "answered", ("answered", "missed")),
    Share(
        "service_level", ListName.CALLS, f"within_{SERVICE_SECONDS}", ("inbound",), ("missed_off_hours", "short_open")
    ),
    Share("outbound_share", ListName.CALLS, "outbound_answered", ("outbound",)),
    Share("in_time", ListName.CALLBACKS, "target_met", ("target_met", "target_missed")),
    Share("lost_share", ListName.CALLBACKS, "fate_lost", ("requests",), ("fate_never_call",)),
)

FIGURES: Final[Mapping[str, Figure]] = {each.name: each for each in (*_CALLS, *_REQUESTS)}
SHARES: Final[Mapping[str, Share]] = {each.name: each for each in _SHARES}


def value(name: str, calls: Iterable[CallCount], requests: Iterable[RequestCount]) -> float | None:
    """Return a figure's or a share's value; None of a share of nothing."""
    if name in FIGURES:
        figure = FIGURES[name]
        return figure.of_calls(calls) if figure.rows is ListName.CALLS else figure.of_requests(requests)
    share = SHARES[name]
    calls, requests = list(calls), list(requests)

    def added(names: Iterable[str]) -> float:
        return sum(value(each, calls, requests) or 0 for each in names)

    whole = added(share.whole) - added(share.without)
    return added((share.part,)) / whole if whole > 0 else None
