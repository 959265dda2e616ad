"""What a gateway is made of, besides its own settings."""

from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

import aiohttp

from crm_bridge.crm.policy.users import Users
from crm_bridge.outbox.pace import Pace
from telephony.ports import Clock


class MakePace(Protocol):
    """Makes a pace that all daemons keep together."""

    def __call__(self, per_second: float, *, part: str = "", burst: int = 1) -> Pace:
        """Make it.

        Args:
            per_second: the most requests in a second.
            part: names it, where a CRM counts some requests apart (``searches``).
            burst: so many may come at once after a rest.
        """
        ...


@dataclass(frozen=True, slots=True)
class GatewayContext:
    """What Ringback gives."""

    name: str
    """The section's: ``[crm.plugins.NAME]``."""
    http: aiohttp.ClientSession
    """Shared, without cookies, with a time-out for each request; Ringback closes it."""
    clock: Clock
    region: str
    """The operator's country, for numbers without a country code."""
    zone: ZoneInfo
    """The operator's, for times in texts."""
    staff: Users
    """Who of ours is which user there, from the settings' ``users``."""
    default_user: str
    """Whose a thing is when nobody else can be named; may be empty."""
    pace: MakePace
