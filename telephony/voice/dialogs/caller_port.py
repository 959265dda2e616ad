"""What the conversation with a caller asks of whoever keeps the promises, and the words they exchange."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telephony.numbers import Canonical
from telephony.voice.words.phrases import Language


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the line, as the PBX told it: hostile text, not yet compared with anything."""

    uniqueid: str
    """The caller's channel; the call's linkedid, if they called just now."""
    number: str
    did: str
    """Our number that they called; may be empty."""


@dataclass(frozen=True, slots=True)
class CallerBriefing:
    """How to speak with them."""

    language: Language
    number: Canonical
    """Whom we will call back; empty: hidden, they are asked to key a number in."""


@dataclass(frozen=True, slots=True)
class Booked:
    """A promise: it is written down, whatever the caller does next."""

    at: datetime
    """Aware; already rounded for the ear."""


@dataclass(frozen=True, slots=True)
class NoSlot:
    """There is no time to promise (or no other one): a promise made before stands."""


@dataclass(frozen=True, slots=True)
class NotCalled:
    """Such a number is not called back: what we dial is limited."""


class CallerPort(Protocol):
    """Keeps the promises. Methods may raise; the caller then hears the general sentence, and the missed call counts."""

    async def greet(self, caller: Caller) -> CallerBriefing:
        """Return how to speak with a caller. No writing."""
        ...

    async def book(self, caller: Caller, number: Canonical, later_than: datetime | None) -> Booked | NoSlot | NotCalled:
        """Promise a time and write it down; who was promised one already gets the same, unless they want a later one.

        Args:
            caller: who is on the line.
            number: to be called back.
            later_than: the promise that does not suit them, else None.
        """
        ...

    async def accepted(self, caller: Caller, number: Canonical) -> None:
        """Note that the caller said yes to the time."""
        ...

    async def message(self, caller: Caller, number: Canonical, file: str) -> None:
        """Keep a recorded message with the request; ``file`` is the PBX's own path, with its suffix."""
        ...
