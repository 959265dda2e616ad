"""All pages' routes."""

from aiohttp import web

from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.web.changes import Changes
from crm_bridge.web.live import LivePages
from crm_bridge.web.pages.admin.accounts import AccountPages
from crm_bridge.web.pages.admin.calendar import CalendarPage
from crm_bridge.web.pages.admin.deliveries import DeliveryPages
from crm_bridge.web.pages.admin.journal import JournalPage
from crm_bridge.web.pages.admin.operation import OperationPages
from crm_bridge.web.pages.board import BoardPages
from crm_bridge.web.pages.board_orders import BoardOrders
from crm_bridge.web.pages.call import OneCallPages
from crm_bridge.web.pages.calls import CallPages
from crm_bridge.web.pages.cases import CasePages
from crm_bridge.web.pages.customers import CustomerPages
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.pages.money import MoneyPages
from crm_bridge.web.pages.now import NowPages
from crm_bridge.web.pages.reports import ReportPages
from crm_bridge.web.pages.reviews import ReviewPages
from crm_bridge.web.pages.surveys import SurveyPages
from crm_bridge.web.pages.today import TodayPages
from crm_bridge.web.pages.wall import WallPages
from crm_bridge.web.sharing import SharedParts
from crm_bridge.web.surface import Surface


def routes(surface: Surface, given: ConsoleGiven) -> list[web.RouteDef]:
    """Return them, to be put into `crm_bridge.web.application.console`.

    What a path names (`call_id`, `recording_id`, `request_id`) the door has looked after; lists take `request[ACCESS]`.
    """
    changes = Changes(given.feed)
    shared = SharedParts(surface, changes.versions)
    board = BoardPages(surface, given, shared)
    today = TodayPages(surface, given, board, shared)
    return [
        *LivePages(changes, given.allowed).routes(),
        *today.routes(),
        *WallPages(surface, given, today, changes).routes(),
        *board.routes(),
        *BoardOrders(surface, given, board, changes).routes(),
        *NowPages(surface, given, shared).routes(),
        *CasePages(surface, given).routes(),
        *CustomerPages(surface, given).routes(),
        *CallPages(surface, given).routes(),
        *OneCallPages(surface, given).routes(),
        *ReviewPages(surface, given).routes(),
        *MoneyPages(surface, given).routes(),
        *ReportPages(surface, given).routes(),
        *SurveyPages(surface, given).routes(),
        *CalendarPage(surface, given.services.calendar).routes(),
        *OperationPages(surface, given.health, given.services.settings).routes(),
        *DeliveryPages(surface, given.pool, given.services.dead_letters).routes(),
        *AccountPages(surface, given.users, given.keys, ConsoleQueries(given.pool)).routes(),
        *JournalPage(surface, given.pool).routes(),
    ]
