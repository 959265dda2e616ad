"""What crm_bridge is given to work with."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm_bridge.console_settings import MoneySettings
from crm_bridge.crm.sync.policy import IsOpen, always_open
from telephony.ports import Clock
from telephony.postgres.pool import Pool

WorkAfter = Callable[[str, datetime, float], datetime | None]
"""Gives the moment by which so many seconds were worked since another, for callers of one of our numbers (empty: the
company); None if we never work so long."""


def straight_on(_: str, at: datetime, seconds: float, /) -> datetime:
    """Return that moment for whoever has no calendar: we work always."""
    return at + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class BridgeContext:
    """What crm_bridge is given."""

    pool: Pool
    clock: Clock
    region: str
    zone: ZoneInfo
    version: str
    trusted_proxies: Collection[str] = ()
    """The addresses of ours that tell whom they speak for."""
    default_group: str = ""
    """The directory's group that serves customers that are nobody's."""
    is_open: IsOpen = always_open
    cors_origins: Collection[str] = ()
    """The origins whose pages may ask the API."""
    after: WorkAfter = straight_on
    money: MoneySettings = field(default_factory=MoneySettings)
