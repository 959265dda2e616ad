"""What a CRM is asked, and what it answers. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody the CRM knows by number."""

    crm_id: str
    """The CRM's own id, with its kind where ids alone are not unique: ``contact:17``."""
    name: str
    owner: str
    """The CRM's id of the responsible user; empty if nobody is."""
    owner_extension: str
    """That user's extension, where the CRM or the settings tell it; empty if not."""


@dataclass(frozen=True, slots=True)
class KeptCall:
    """One of our calls as the CRM has it, for the daily audit."""

    call_id: str
    crm_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class CrmFinding:
    """One thing that `ringback crm test` tried; ``cure`` is empty if it is well."""

    what: str
    told: str
    cure: str = ""


class CopyState(StrEnum):
    """What became of a copy, beside `pending`."""

    DELETED = "deleted"
    GONE = "gone"
    """It was not there any more."""
    BLANKED = "blanked"
    """It cannot be deleted there; what it said is gone."""
    KEPT = "kept"
    """It stays, and why: for a human."""
    REFUSED = "refused"
    """The CRM said no, in its own words."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a copy, and what else is to be known of it."""

    state: CopyState
    why: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """One copy as a gateway is asked to delete it."""

    role: str
    crm_id: str
    """Empty where it must be looked for."""
    call_id: str
    about: str
    """The card that it stands on, or empty."""
    crm_call: str
    """The CRM's own id of the call, or empty."""
