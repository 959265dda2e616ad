"""What the operator decides of a CRM."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from crm_bridge.crm.player_links import MakeLink, no_links
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.users import Users
from telephony.numbers import fits


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

    def is_never_a_lead(self, number: str) -> bool:
        """Tell whether the operator said that this number is no customer."""
        return fits(number, self.never_leads, self.region)

    def owners(self, *best: str) -> list[str]:
        """Give who may own a thing, the best first: whose it is, the default user, whom the CRM chooses."""
        return [*filter(None, best), self.default_user, ""]
