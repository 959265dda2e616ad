"""Whose is a new caller? Rules by DID and kind of call, the first that fits decides; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from telephony.model import Disposition
from telephony.numbers import fits


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


def rule_for(rules: Sequence[LeadRule], did: str, disposition: Disposition, region: str) -> LeadRule | None:
    """Find the rule for a call of somebody unknown, or None: then no lead is made.

    Our numbers are compared as numbers: providers write them as they like. ``region`` is the operator's country.
    """
    fitting = (rule for rule in rules if disposition in rule.dispositions and fits(did, rule.dids, region))
    return next(fitting, None)


def owner_of(rule: LeadRule, talked: str, turn: int) -> str:
    """Choose the lead's owner: who talked with them last, else the rule's owners in turn, else nobody."""
    if talked:
        return talked
    return rule.owners[turn % len(rule.owners)] if rule.owners else ""
