"""A CRM's failures, and what each means for the message that met it."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import ClassVar

import aiohttp

from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.store import NOT_LET_IN
from telephony.errors import RingbackError

_SIGN_IN_AGAIN = timedelta(minutes=5)
"""A wrong key is a person's to mend; we look again at this pace, and the message spends nothing."""


class CrmError(RingbackError):
    """The CRM could not be asked, or did not do as asked."""

    error_id: ClassVar[str] = "crm"


class CrmThrottled(CrmError):
    """The CRM's limit is reached: later, and nothing is spent."""

    error_id: ClassVar[str] = "crm-throttled"

    def __init__(self, words: str, after: timedelta) -> None:
        super().__init__(words)
        self.after = after


class CrmWaits(CrmError):
    """Something else must be told first: later, and nothing is spent."""

    error_id: ClassVar[str] = "crm-waits"

    def __init__(self, words: str, after: timedelta) -> None:
        super().__init__(words)
        self.after = after


class CrmDenied(CrmError):
    """The CRM does not let us in: the key or its rights are wrong; a person must mend it."""

    error_id: ClassVar[str] = "crm-denied"


class CrmBroken(CrmError):
    """The CRM failed or answered nonsense: try again."""

    error_id: ClassVar[str] = "crm-broken"


class CrmRefused(CrmError):
    """The CRM understood and said no: trying the same again does not help."""

    error_id: ClassVar[str] = "crm-refused"


class CrmFollows(CrmRefused):
    """What this belongs to is a dead letter: it is one, too, and the CRM was not asked."""

    error_id: ClassVar[str] = "crm-follows"


class CrmMissing(CrmRefused):
    """The CRM does not have what we speak of, or has it no longer."""

    error_id: ClassVar[str] = "crm-missing"


class NotAsked(str):
    """A note for the delivery log of what was told to nobody, because there was nothing to tell."""

    __slots__ = ()


async def answer(work: Awaitable[str]) -> Answer:
    """Do the work of one message and turn what comes of it into an outbox answer; ``work`` gives a note for the log."""
    try:
        note = await work
        return Delivered(str(note), asked=not isinstance(note, NotAsked))
    except CrmThrottled as error:
        return Snooze(str(error), error.after)
    except CrmWaits as error:
        return Snooze(str(error), error.after, asked=False)
    except CrmDenied as error:
        return Snooze(f"{NOT_LET_IN}: {error}", _SIGN_IN_AGAIN)
    except CrmRefused as error:
        return Discard(str(error), asked=not isinstance(error, CrmFollows))
    except (CrmError, TimeoutError, OSError, aiohttp.ClientError) as error:
        return Retry(f"{type(error).__name__}: {error}")
