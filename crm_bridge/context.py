"""What crm_bridge is given to work with."""

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from crm_bridge.crm.sync.policy import IsOpen, always_open
from telephony.ports import Clock
from telephony.postgres.pool import Pool


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
