"""What comes after a call's own message waits for it: as long as that takes, and nothing is spent.

A recording, notes and a callback's result belong to a call that the CRM was told of. While the call's message waits (an
outage of a week included) they wait, too. If it is a dead letter they are, with its words, and its replay brings them
back (`crm_bridge.outbox`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from crm_bridge.crm.errors import CrmFollows, CrmWaits, NotAsked
from crm_bridge.crm.links import Links
from crm_bridge.outbox.lifecycle import MessageState
from crm_bridge.outbox.store import FOLLOWS_A_DEAD_CALL, Message

NEVER_TOLD: Final = NotAsked("nothing was told of its call here")
_SHORTEST, _LONGEST = timedelta(seconds=5), timedelta(minutes=5)
_SHARE: Final = 10
"""A message looks again after this part of its age: soon after a short outage, seldom in a long one."""
_IN_LINE: Final = timedelta(seconds=30)
"""It looks again as soon as this, however old both are, if its call has only its turn before it: a backlog leaves."""


async def told_call(
    links: Links, call_id: str, message: Message, now: datetime, *, whole: bool = False
) -> Mapping[str, str] | None:
    """Return what the CRM has of a call, by role, once it was told; None if it never was to be told here.

    Args:
        links: the CRM's.
        call_id: the call that ``message`` belongs to.
        message: the one that waits.
        now: the time.
        whole: whether every part of the call's own message must be done, its task included.

    Raises:
        CrmWaits: the call's own message waits; later.
        CrmFollows: the call's own message is a dead letter.
    """
    stands = await links.call_message(call_id, now)
    if stands is not None and stands.state in {MessageState.WAITING, MessageState.SENDING}:
        age = max(now - message.created_at, timedelta())
        longest = _IN_LINE if stands.is_next else _LONGEST
        raise CrmWaits("its call waits to be told", min(max(age / _SHARE, _SHORTEST), longest))
    known = await links.of(call_id)
    if stands is not None and stands.state == MessageState.DEAD and (whole or "told" not in known):
        raise CrmFollows(f"{FOLLOWS_A_DEAD_CALL}: {stands.reason}")
    return known if "told" in known else None
