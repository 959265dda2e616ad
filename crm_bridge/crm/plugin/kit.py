"""All that the maker of a gateway needs of Ringback, in one place. What is not here may change without notice.

Errors, whose meaning `crm_bridge.crm.plugin.gateway` tells; the calls and follow-ups that a gateway is given; texts
that say the same in every CRM; numbers in any spelling; HTTP with a pace.
"""

from crm_bridge.console_settings import Url
from crm_bridge.crm.errors import CrmBroken, CrmDenied, CrmError, CrmMissing, CrmRefused, CrmThrottled
from crm_bridge.crm.plugin.context import GatewayContext
from crm_bridge.crm.plugin.definition import CrmPlugin
from crm_bridge.crm.plugin.examining import Probe, examined
from crm_bridge.crm.plugin.gateway import CallCards, CallLog, OpenedCall
from crm_bridge.crm.plugin.notes_in_call import NotesInCall
from crm_bridge.crm.plugin.settings import GatewaySettings
from crm_bridge.crm.policy import phone_search, texts
from crm_bridge.crm.policy.follow_ups import FollowUp, Role, marker, notes_marker
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import Contact, CopyState, CrmFinding, Fate, KeptCall, Trace
from crm_bridge.crm.transport.http import JsonApi, failure, pages
from crm_bridge.crm.transport.oauth import ClientCredentials, FixedToken, OAuthApplication, Posting, Renewal
from crm_bridge.outbox.pace import Pace
from crm_bridge.schemas import CallShape
from telephony.model import Direction, Disposition, MissedReason
from telephony.net.bounded import Json

__all__ = [
    "CallCards",
    "CallLog",
    "CallShape",
    "ClientCredentials",
    "Contact",
    "CopyState",
    "CrmBroken",
    "CrmDenied",
    "CrmError",
    "CrmFinding",
    "CrmMissing",
    "CrmPlugin",
    "CrmRefused",
    "CrmThrottled",
    "Direction",
    "Disposition",
    "Fate",
    "FixedToken",
    "FollowUp",
    "GatewayContext",
    "GatewaySettings",
    "Json",
    "JsonApi",
    "KeptCall",
    "LeadRule",
    "MissedReason",
    "NotesInCall",
    "OAuthApplication",
    "OpenedCall",
    "Pace",
    "Posting",
    "Probe",
    "Renewal",
    "Role",
    "Trace",
    "Url",
    "examined",
    "failure",
    "marker",
    "notes_marker",
    "pages",
    "phone_search",
    "texts",
]
