"""Whose is a new caller? Rules by DID and kind of call, the first that fits decides; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from telephony.model import Disposition


@dataclass(frozen=True, slots=True)
class LeadRule:
    """One rule. Several owners take turns; none leaves it to the CRM."""

    name: str
    dids: tuple[str, ...] = ("*",)
    """Globs over our own numbers."""
    dispositions: tuple[Disposition, ...] = (Disposition.ANSWERED, Disposition.MISSED)
    owners: tuple[str, ...] = ()
    """The CRM's user ids."""
    pipeline: str = ""
    """The CRM's own id of the pipeline, team or funnel the lead goes to; empty for its default."""


def rule_for(rules: Sequence[LeadRule], did: str, disposition: Disposition) -> LeadRule | None:
    """Find the rule for a call of somebody unknown, or None: then no lead is made."""
    return next(
        (
            rule
            for rule in rules
            if disposition in rule.dispositions and any(fnmatchcase(did, pattern) for pattern in rule.dids)
        ),
        None,
    )


def owner_of(rule: LeadRule, talked: str, turn: int) -> str:
    """Choose the lead's owner: who talked with them last, else the rule's owners in turn, else nobody."""
    if talked:
        return talked
    return rule.owners[turn % len(rule.owners)] if rule.owners else ""
