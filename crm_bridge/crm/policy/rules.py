"""Whose is a new caller? Rules by the numbers, the hour and how the call went; the first that fits decides. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crm_bridge.schemas import CallShape
from telephony.model import Disposition, MissedReason
from telephony.numbers import fits


class RuleHours(StrEnum):
    """When a rule's calls begin, by the company's calendar of our number."""

    ANY = "any"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LeadRule:
    """One rule. Several owners take turns; none leaves it to the CRM."""

    name: str
    dids: tuple[str, ...] = ("*",)
    """Globs over our own numbers, in any spelling."""
    dispositions: tuple[Disposition, ...] = (Disposition.ANSWERED, Disposition.MISSED)
    owners: tuple[str, ...] = ()
    """The CRM's user ids."""
    pipeline: str = ""
    """The CRM's own id of the pipeline, team or funnel the lead goes to; empty for its default."""
    numbers: tuple[str, ...] = ("*",)
    """Globs over the caller's number, in any spelling."""
    hours: RuleHours = RuleHours.ANY
    reasons: tuple[MissedReason, ...] = ()
    """Why a missed call was missed; empty for any."""
    min_talk_seconds: float = 0
    """An answered call must have lasted so long."""
    min_wait_seconds: float = 0
    """A missed caller must have waited so long."""
    lead: bool = True
    """False: whom the rule fits becomes no lead."""

    @property
    def asks_how_it_went(self) -> bool:
        """Whether it must wait for the call's end."""
        whole = set(self.dispositions) >= {Disposition.ANSWERED, Disposition.MISSED}
        return not whole or bool(self.reasons or self.min_talk_seconds or self.min_wait_seconds)


@dataclass(frozen=True, slots=True)
class NewCaller:
    """A call of somebody unknown, as rules look at it."""

    call: CallShape
    is_open: bool
    """Whether we worked when it began."""
    region: str
    """The operator's country, for numbers without a country code."""

    def may_fit(self, rule: LeadRule) -> bool:
        """Return whether a rule fits as far as is known before the call's end."""
        if rule.hours is not RuleHours.ANY and self.is_open is not (rule.hours is RuleHours.OPEN):
            return False
        # Our numbers are compared as numbers: providers write them as they like.
        return fits(self.call.dialed, rule.dids, self.region) and fits(self.call.customer, rule.numbers, self.region)

    def fits(self, rule: LeadRule) -> bool:
        """Return whether a rule fits, when the call is over."""
        call = self.call
        if call.disposition not in rule.dispositions or not self.may_fit(rule):
            return False
        if call.disposition is Disposition.MISSED:
            why = not rule.reasons or call.missed_reason in rule.reasons
            return why and call.wait_seconds >= rule.min_wait_seconds
        return call.talk_seconds >= rule.min_talk_seconds


def rule_for(rules: Sequence[LeadRule], caller: NewCaller) -> LeadRule | None:
    """Find the rule for a call of somebody unknown that is over, or None: then no lead is made."""
    rule = next((rule for rule in rules if caller.fits(rule)), None)
    return rule if rule is not None and rule.lead else None


NOT_KNOWN_YET: Final = "not known yet"


def rule_while_it_rings(rules: Sequence[LeadRule], caller: NewCaller) -> LeadRule | str | None:
    """Find the rule before the end of a call, or None; `NOT_KNOWN_YET` if that depends on how it goes."""
    for rule in rules:
        if caller.may_fit(rule):
            if rule.asks_how_it_went:
                return NOT_KNOWN_YET
            return rule if rule.lead else None
    return None


def owner_of(rule: LeadRule, talked: str, turn: int) -> str:
    """Choose the lead's owner: who talked with them last, else the rule's owners in turn, else nobody."""
    if talked:
        return talked
    return rule.owners[turn % len(rule.owners)] if rule.owners else ""
