"""Which of two calls began first, where the PBX's clock does not tell: it may have been set back between them. Pure.

Asterisk calls a channel ``1795302485.488`` or ``system-1795302485.488``: the time as it was believed to be, and a
number that grows with each channel since Asterisk was started, whatever its clock does. After a start it begins anew.
"""

import re
from typing import Final, NamedTuple

from telephony.model import Call, CallId

_ID: Final = re.compile(r"(?P<pbx>.*:(?:.*-)?)\d{1,12}\.(?P<number>\d{1,12})", re.ASCII)


class _Place(NamedTuple):
    pbx: str
    number: int


def heard_after(call: Call, other: CallId) -> bool:
    """Return whether a call of which nothing went unheard began after another one of its PBX.

    False if nobody knows: what is read later of a time in which nobody listened (``repaired``), another PBX's call, an
    id of another form, a PBX that was started between the two.
    """
    mine, its = _place(call.call_id), _place(other)
    if call.repaired or mine is None or its is None:
        return False
    return mine.pbx == its.pbx and mine.number > its.number


def _place(call_id: CallId) -> _Place | None:
    found = _ID.fullmatch(call_id)
    return _Place(found["pbx"], int(found["number"])) if found else None
