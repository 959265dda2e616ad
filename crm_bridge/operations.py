"""Every operation of the API, in the order of its document."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

from crm_bridge.api.board.alarms import AlarmHandlers
from crm_bridge.api.board.cases import CaseHandlers
from crm_bridge.api.board.messages import MessageHandlers
from crm_bridge.api.board.money import MoneyHandlers, NewcomerHandlers
from crm_bridge.api.board.operation import OperationHandlers
from crm_bridge.api.board.presence import PresenceHandlers
from crm_bridge.api.board.promises import PromiseHandlers
from crm_bridge.api.document.openapi import document
from crm_bridge.api.endpoint import Endpoint
from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.one_click import OneClick
from crm_bridge.api.people.account import AccountHandlers
from crm_bridge.api.people.notices import NoticeHandlers
from crm_bridge.api.people.sessions import SessionHandlers
from crm_bridge.api.people.users import UserHandlers
from crm_bridge.api.people.views import SavedViewHandlers
from crm_bridge.api.people.walls import WallHandlers
from crm_bridge.api.ports import ApiServices
from crm_bridge.api.resources import dial, live
from crm_bridge.api.resources.calendar import CalendarHandlers
from crm_bridge.api.resources.callbacks import CallbackHandlers
from crm_bridge.api.resources.calls import VIEW_FILTERS, CallHandlers
from crm_bridge.api.resources.dead_letters import DeadLetterHandlers
from crm_bridge.api.resources.deliveries import DeliveryHandlers
from crm_bridge.api.resources.directory import DirectoryHandlers
from crm_bridge.api.resources.exports import ExportHandlers
from crm_bridge.api.resources.notes import NoteHandlers
from crm_bridge.api.resources.privacy import PrivacyHandlers
from crm_bridge.api.resources.recordings import RecordingHandlers
from crm_bridge.api.resources.reports import ReportHandlers
from crm_bridge.api.reviews.cards import ReviewCardHandlers
from crm_bridge.api.reviews.queue import ReviewHandlers
from crm_bridge.api.reviews.transcripts import TranscriptHandlers
from crm_bridge.api.surveys import SurveyHandlers
from crm_bridge.cases.book import CaseBook
from crm_bridge.console_settings import CaseSettings
from crm_bridge.context import BridgeContext
from crm_bridge.notes import NoteHook, Notes
from crm_bridge.notifications.assembly import Notifications
from crm_bridge.people.saved_views import SavedViews
from crm_bridge.people.sessions import Sessions
from crm_bridge.people.store import UserStore
from crm_bridge.people.walls import WallStore
from crm_bridge.queries.calls import CallQueries
from crm_bridge.reviews.orders import ReviewOrders, TellScore
from crm_bridge.reviews.store import Reviews


def described_endpoints(
    given: BridgeContext,
    services: ApiServices,
    key_ring: KeyStore,
    feed: live.LiveFeed,
    notifications: Notifications | None,
    note_hook: NoteHook | None = None,
    cases: CaseBook | None = None,
    tell_score: TellScore | None = None,
) -> list[Endpoint]:
    """Return every operation of the API but those that describe it.

    ``note_hook`` tells others what is written on calls, ``tell_score`` what they are scored.
    """
    pool, region = given.pool, given.region
    book = cases or CaseBook(given.clock, given.after, CaseSettings().first_action_minutes)
    queries, sessions = CallQueries(pool), Sessions(pool, given.clock, region, given.default_group)
    scoring = ReviewOrders(pool, tell_score) if tell_score else ReviewOrders(pool)
    return [
        *CallHandlers(queries, region, given.zone).endpoints(),
        *ExportHandlers(queries, region, given.zone).endpoints(),
        *NoteHandlers(Notes(pool, note_hook) if note_hook else Notes(pool)).endpoints(),
        *dial.endpoints(services.clicks, OneClick(pool, given.clock, region, services.clicks)),
        *RecordingHandlers(pool, services.recorder, services.library, key_ring).endpoints(),
        *CallbackHandlers(pool, services.callbacks, region).endpoints(),
        *PromiseHandlers(pool).endpoints(),
        *MessageHandlers(pool, services.messages).endpoints(),
        *SurveyHandlers(pool, services.surveys, services.messages, region).endpoints(),
        *CaseHandlers(pool, book, region).endpoints(),
        *AlarmHandlers(pool, services.alarms).endpoints(),
        *ReviewHandlers(Reviews(pool), scoring, pool).endpoints(),
        *TranscriptHandlers(pool).endpoints(),
        *ReviewCardHandlers(Reviews(pool), scoring).endpoints(),
        *ReportHandlers(pool, region, given.zone, given.clock, given.money.sold_codes).endpoints(),
        *MoneyHandlers(pool, given.zone, given.clock, given.money).endpoints(),
        *NewcomerHandlers(pool, given.money.sold_codes).endpoints(),
        *CalendarHandlers(services.calendar, region).endpoints(),
        *DirectoryHandlers(pool, services.directory, region).endpoints(),
        *PresenceHandlers(services.presences, services.absences).endpoints(),
        *DeliveryHandlers(pool).endpoints(),
        *OperationHandlers(services.health, services.settings).endpoints(),
        *DeadLetterHandlers(services.dead_letters).endpoints(),
        *PrivacyHandlers(pool, services.privacy, region, feed.forget).endpoints(),
        *AccountHandlers(sessions).endpoints(),
        *NoticeHandlers(notifications).endpoints(),
        *SavedViewHandlers(SavedViews(pool, given.clock, VIEW_FILTERS)).endpoints(),
        *UserHandlers(UserStore(pool, given.clock)).endpoints(),
        *SessionHandlers(sessions).endpoints(),
        *WallHandlers(WallStore(pool, given.clock)).endpoints(),
        *live.endpoints(feed, key_ring, given.clock),
    ]


def described_api(version: str) -> Mapping[str, Any]:
    """Describe the API without a daemon: for `ringback api` and docs/api.md. No handler of it can be called."""
    nothing: Any = None
    given = BridgeContext(nothing, nothing, "UA", ZoneInfo("UTC"), version)
    services = ApiServices(*[nothing] * len(fields(ApiServices)))
    described = described_endpoints(given, services, nothing, live.LiveFeed("", ""), nothing)
    return document(described, version=version)
