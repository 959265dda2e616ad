"""What the checks need of the CRM that a gateway is tried against."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from crm_bridge.crm.plugin.gateway import CallCards, CallLog


class ContractBroken(AssertionError):
    """A gateway does not do what its contract promises; the words say what."""


class BadAnswer(StrEnum):
    """What the other side is to answer to the next request, as this CRM really answers it."""

    THROTTLED = "throttled"
    """We are too fast."""
    LOCKED_OUT = "locked out"
    """The key is not good (any more)."""
    REFUSED = "refused"
    """The request is understood, and one may not do that to this record."""
    BROKEN = "broken"
    """It fails on its own side."""
    NONSENSE = "nonsense"
    """HTML instead of an answer, with HTTP 200."""


class OtherSide(Protocol):
    """The CRM: a fake from the vendor's reference, as strict as that, on a real port; or the vendor's own."""

    @property
    def users(self) -> tuple[str, str]:
        """Two users of the CRM, by its ids."""
        ...

    @property
    def dismissed(self) -> str:
        """A user who is not there any more, by id; empty if this CRM takes whoever is named."""
        ...

    async def add_person(self, number: str, owner: str, name: str = "") -> None:
        """Make a person with a number, spelled so."""
        ...

    async def remove(self, about: str) -> None:
        """Delete a card, by the id that the gateway gave for it."""
        ...

    def texts(self) -> Sequence[str]:
        """All texts of ours that people can read there: of calls, tasks, notes, recordings; one a record."""
        ...

    def open_tasks(self) -> int:
        """How many tasks are not done."""
        ...

    def lose_the_next_answer(self) -> None:
        """Carry out the next request that makes something, and lose its answer (close the connection)."""
        ...

    def meet(self, trouble: BadAnswer, times: int = 1) -> None:
        """Answer the next requests so; a refusal answers the next one that makes or changes something."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """A gateway, and the CRM that it speaks to. The gateway's region is UA, its zone UTC."""

    gateway: CallLog | CallCards
    other: OtherSide
