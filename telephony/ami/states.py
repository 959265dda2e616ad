"""How far a link is, and how it tells so."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class LinkState(StrEnum):
    """How far the link is."""

    DOWN = "down"
    UP = "up"
    """Logged in: events flow, actions can be sent."""
    SYNCED = "synced"
    """Up, and what lives on the PBX was handed over."""


class LinkChange(NamedTuple):
    """The link came to another state."""

    pbx: str
    state: LinkState
    at: datetime
    reason: str = ""
    """Why it is down, else empty."""
