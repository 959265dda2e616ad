"""Which of two calls began first, where the PBX's clock does not tell: it may have been set back between them. Pure.

Asterisk calls a channel ``1795302485.488`` or ``system-1795302485.488``: the time as it was believed to be, and a
number that grows with each channel since Asterisk was started, whatever its clock does. After a start it begins anew:
so of calls of which a part went unheard the number is believed only if the time in the id says the same.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from telephony.model import Call

_ID: Final = re.compile(r"(?P<pbx>.*:(?:.*-)?)(?P<time>\d{1,12})\.(?P<number>\d{1,12})", re.ASCII)


def heard_after(call: Call, others: Iterable[str]) -> bool:
    """Return whether a call began after another one of its PBX, and the channels' ids tell it.

    False if nobody knows: a call of which a part went unheard (``repaired``) and whose id tells an earlier time,
    another PBX's call, ids of another form, a PBX that was started between the two. An id that somebody chose (a
    callback's own) has no number, but that call's other channel has.

    Args:
        call: whose place is asked for.
        others: the other one's channels, as ``pbx:uniqueid``; its call's id is one.
    """
    mine = _first([call.call_id, *(f"{call.pbx}:{leg.uniqueid}" for leg in call.legs)])
    its = _first(others)
    both = [(born, its[pbx]) for pbx, born in mine.items() if pbx in its]
    ordered = bool(both) and all(born.number > other.number for born, other in both)
    return ordered and (not call.repaired or all(born.time >= other.time for born, other in both))


class _Born(NamedTuple):
    number: int
    time: int
    """Of the PBX's clock, in seconds."""


def _first(channels: Iterable[str]) -> dict[str, _Born]:
    """Each PBX's first channel: the one with the least number."""
    first: dict[str, _Born] = {}
    for found in filter(None, map(_ID.fullmatch, channels)):
        born = _Born(int(found["number"]), int(found["time"]))
        first[found["pbx"]] = min(born, first.get(found["pbx"], born))
    return first
