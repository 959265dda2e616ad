"""Which of two calls began first, where the PBX's clock does not tell: it may have been set back between them. Pure.

Asterisk calls a channel ``1795302485.488`` or ``system-1795302485.488``: the time as it was believed to be, and a
number that grows with each channel since Asterisk was started, whatever its clock does. After a start it begins anew.
"""

import re
from collections.abc import Iterable
from typing import Final

from telephony.model import Call

_ID: Final = re.compile(r"(?P<pbx>.*:(?:.*-)?)\d{1,12}\.(?P<number>\d{1,12})", re.ASCII)


def heard_after(call: Call, others: Iterable[str]) -> bool:
    """Return whether a call of which nothing went unheard began after another one of its PBX.

    False if nobody knows: what is read later of a time in which nobody listened (``repaired``), another PBX's call, ids
    of another form, a PBX that was started between the two. An id that somebody chose (a callback's own) has no number,
    but that call's other channel has.

    Args:
        call: whose place is asked for.
        others: the other one's channels, as ``pbx:uniqueid``; its call's id is one.
    """
    mine = _numbers([call.call_id, *(f"{call.pbx}:{leg.uniqueid}" for leg in call.legs)])
    its = _numbers(others)
    known = not call.repaired and any(pbx in its for pbx in mine)
    return known and all(number > its[pbx] for pbx, number in mine.items() if pbx in its)


def _numbers(channels: Iterable[str]) -> dict[str, int]:
    """The least number of each PBX: that of the channel which was first."""
    numbers: dict[str, int] = {}
    for found in filter(None, map(_ID.fullmatch, channels)):
        number = int(found["number"])
        numbers[found["pbx"]] = min(number, numbers.get(found["pbx"], number))
    return numbers
