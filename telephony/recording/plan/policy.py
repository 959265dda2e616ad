"""Whether a call is wanted as a recording. Pure.

The most particular rule that speaks decides: the manager's, then the DID's, then the direction's, then the default.
Of two rules of one kind that both match, "skip" wins: who asked not to be recorded is not.

Who the manager is may be known only at the answer. Until then, if a manager's rule could change the result, the call is
`UNDECIDED`: what records goes on, nothing new is started.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import Enum
from fnmatch import fnmatchcase
from typing import Protocol, Self

from telephony.model import Call, Direction
from telephony.numbers import fits


class Wish(Enum):
    """What the policy says of a call."""

    RECORD = "record"
    SKIP = "skip"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Rules:
    """The operator's rules; numbers are globs, in any spelling: those of ours are compared as numbers of ``region``."""

    record: bool = True
    record_directions: tuple[Direction, ...] = ()
    skip_directions: tuple[Direction, ...] = ()
    record_dids: tuple[str, ...] = ()
    skip_dids: tuple[str, ...] = ()
    record_managers: tuple[str, ...] = ()
    skip_managers: tuple[str, ...] = ()
    region: str = "UA"

    @classmethod
    def of(cls, settings: object, region: str) -> Self:
        """Take them from the settings, which have fields of the same names."""
        answer = {field.name: getattr(settings, field.name) for field in fields(cls) if field.name != "region"}
        return cls(**answer, region=region)


class Wanting(Protocol):
    """The rules that say "record"; `Rules` and the settings have them."""

    @property
    def record(self) -> bool:
        """The default."""
        ...

    @property
    def record_directions(self) -> tuple[Direction, ...]:
        """By direction."""
        ...

    @property
    def record_dids(self) -> tuple[str, ...]:
        """By DID."""
        ...

    @property
    def record_managers(self) -> tuple[str, ...]:
        """By manager."""
        ...


def wants_any(rules: Wanting) -> bool:
    """Return whether any call at all could be wanted; if not, the dialplan is told not even to begin."""
    return bool(rules.record or rules.record_directions or rules.record_dids or rules.record_managers)


def decide(rules: Rules, call: Call) -> Wish:
    """Return whether ``call`` is wanted."""
    managers = managers_of(call)
    if _any_matches(rules.skip_managers, managers):
        return Wish.SKIP
    if not _all_managers_known(call) and (rules.skip_managers or rules.record_managers):
        return Wish.UNDECIDED
    if _any_matches(rules.record_managers, managers):
        return Wish.RECORD
    if call.did and fits(call.did, rules.skip_dids, rules.region):
        return Wish.SKIP
    if call.did and fits(call.did, rules.record_dids, rules.region):
        return Wish.RECORD
    if call.direction in rules.skip_directions:
        return Wish.SKIP
    return Wish.RECORD if rules.record or call.direction in rules.record_directions else Wish.SKIP


def managers_of(call: Call) -> tuple[str, ...]:
    """Return the numbers of our own people in the call, as far as they are known by now."""
    answerer = (call.answered_by.number,) if call.answered_by else ()
    match call.direction:
        case Direction.INBOUND:
            return answerer
        case Direction.OUTBOUND:
            return (call.caller.number,)
        case Direction.INTERNAL:
            return (call.caller.number, *answerer)


def _all_managers_known(call: Call) -> bool:
    return call.direction is Direction.OUTBOUND or call.answered_at is not None or call.ended_at is not None


def _any_matches(globs: Iterable[str], numbers: Iterable[str]) -> bool:
    texts = [number.removeprefix("+") for number in numbers if number]
    return any(fnmatchcase(text, glob.removeprefix("+")) for glob in globs for text in texts)
