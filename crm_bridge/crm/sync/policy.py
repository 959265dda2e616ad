"""What the operator decides of a CRM."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from crm_bridge.crm.player_links import MakeLink, no_links
from crm_bridge.crm.policy.rules import LeadRule, NewCaller, rule_for, rule_while_it_rings
from crm_bridge.crm.policy.users import Users
from crm_bridge.schemas import CallShape
from telephony.model import Direction
from telephony.numbers import fits


class IsOpen(Protocol):
    """Knows the company's working hours."""

    def __call__(self, did: str, at: datetime, /) -> bool:
        """Return whether we work at a moment, for callers of one of our numbers."""
        ...


def always_open(_: str, __: datetime, /) -> bool:
    """Return that we work: for whoever has no calendar."""
    return True


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decides, the same for every CRM."""

    region: str
    """The operator's country, for numbers without a country code."""
    zone: ZoneInfo
    """The operator's, for times in texts."""
    rules: Sequence[LeadRule] = (LeadRule("everybody"),)
    staff: Users = field(default_factory=Users)
    default_user: str = ""
    """Whose a duty is when nobody else can be named; empty leaves it to the CRM."""
    link: MakeLink = no_links
    """Where a recording is played."""
    never_leads: Sequence[str] = ()
    """Globs over numbers that never become leads."""
    is_open: IsOpen = always_open

    def rule_of(self, call: CallShape) -> LeadRule | None:
        """Return the rule by which somebody unknown, whose call is over, becomes a lead; None if they do not."""
        return rule_for(self.rules, self._caller(call)) if self._may_be_a_lead(call) else None

    def rule_while_it_rings(self, call: CallShape) -> LeadRule | str | None:
        """Return it before the end of their call; `NOT_KNOWN_YET` if it depends on how the call goes."""
        return rule_while_it_rings(self.rules, self._caller(call)) if self._may_be_a_lead(call) else None

    def _may_be_a_lead(self, call: CallShape) -> bool:
        inbound = call.direction is Direction.INBOUND
        return inbound and not fits(call.customer, self.never_leads, self.region)

    def _caller(self, call: CallShape) -> NewCaller:
        return NewCaller(call, self.is_open(call.dialed, call.started_at), self.region)

    def owners(self, *best: str) -> list[str]:
        """Return who may own a thing, the best first: whose it is, the default user, whom the CRM chooses."""
        return [*filter(None, best), self.default_user, ""]
