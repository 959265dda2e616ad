"""A conversation asks its port: somebody listens, so the answer has a deadline and no failure is heard."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from telephony.errors import RingbackError, reason

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


class PortSilent(Exception):
    """A port did not answer in time, or failed; the log says how."""


async def ask(question: Awaitable[_T], name: str, seconds: float) -> _T:
    """Return the port's answer to ``question``, waiting ``seconds`` at most.

    Raises:
        PortSilent: it was late or failed. A database that is away is a warning; all else is a defect of ours.
    """
    try:
        async with asyncio.timeout(seconds):
            return await question
    except (OSError, RingbackError) as error:  # a TimeoutError is one of the first
        _log.warning("voice.port_away", question=name, reason=reason(error))
        raise PortSilent(name) from error
    except Exception as error:
        _log.exception("voice.port_broken", question=name)
        raise PortSilent(name) from error
