"""An API on a real port over a real ledger, with telephony's own rooms behind it; only the PBX is a fake."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from zoneinfo import ZoneInfo

import aiohttp
import pytest_asyncio
from aiohttp import web
from prometheus_client import CollectorRegistry
from yarl import URL

from crm_bridge.api import pages
from crm_bridge.api.endpoint import PREFIX, Endpoint
from crm_bridge.api.first_answers import FirstAnswers
from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.ports import ApiServices
from crm_bridge.api.resources import live
from crm_bridge.api.server import Server
from crm_bridge.api.values.keys import Scope
from crm_bridge.api.values.rates import RateBuckets
from crm_bridge.console_settings import NotificationSettings
from crm_bridge.context import BridgeContext
from crm_bridge.notifications.assembly import open_notifications
from crm_bridge.operations import described_endpoints
from crm_bridge.people.access import UserRole
from crm_bridge.people.assembly import PeopleParts, open_people
from crm_bridge.privacy import Forgetting
from telephony.callback.assembly import Callbacks
from telephony.callback.click import Clicks
from telephony.callback.promises.calendar_days import CalendarDays
from telephony.calls.revival import DeadLetters
from telephony.configuration.effective import effective
from telephony.daemon.health import Health
from telephony.daemon.http_server import LONGEST_LINE
from telephony.daemon.parts import surveys as surveys_part
from telephony.directory.store import DirectoryStore
from telephony.errors import ActionRefused, PbxUnavailable
from telephony.model import CallId, PbxName
from telephony.postgres.pool import Pool
from telephony.privacy.operations import Privacy
from telephony.privacy.outside import outside
from telephony.recording.alarms import AlarmClearing, RecordingMetrics
from telephony.recording.errors import NotRecording
from telephony.recording.files import Library, SharedLibrary
from telephony.recording.retention import Retention
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.watch import CalendarWatch
from telephony.settings import RecordingSettings, SharedFolder, SurveySettings, TelephonySettings, VoiceSettings
from telephony.tolls.gate import TollGate

WIDGET = "https://crm.company.com"
"""The origin whose pages may ask the API."""


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class FakePbx:
    """Takes any action, remembers it; phones are as ``states`` says; ``away`` is a PBX that is not there."""

    sent: list[tuple[str, Mapping[str, str | list[str]]]] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    away: bool = False

    async def __call__(
        self,
        action: str,
        /,
        headers: Mapping[str, str | list[str]] | None = None,
        *,
        timeout_seconds: float = 5.0,  # noqa: ARG002 - the port's
    ) -> Mapping[str, str]:
        if self.away:
            raise PbxUnavailable("PBX pbx is not connected")
        given = headers or {}
        self.sent.append((action, given))
        if action == "DBGet":
            raise ActionRefused("Database entry not found")
        endpoint = str(given.get("Variable", "")).removeprefix("DEVICE_STATE(").removesuffix(")")
        return {"Value": self.states.get(endpoint, "NOT_INUSE")}


@dataclass(slots=True)
class Tapes:
    """Orders about the call `going_on`; any other call is not recorded."""

    going_on: str = ""
    orders: list[tuple[str, str]] = field(default_factory=list)

    def _order(self, order: str, call_id: CallId, by: str) -> None:
        if call_id != self.going_on:
            raise NotRecording(f"call {call_id} is not in progress")
        self.orders.append((order, by))

    async def start(self, call_id: CallId, by: str) -> None:
        self._order("start", call_id, by)

    async def stop(self, call_id: CallId, by: str) -> None:
        self._order("stop", call_id, by)

    async def pause(self, call_id: CallId, by: str) -> None:
        self._order("pause", call_id, by)

    async def resume(self, call_id: CallId, by: str) -> None:
        self._order("resume", call_id, by)


@dataclass(slots=True)
class Api:
    """The running API and a client with a key for everything."""

    url: str
    http: aiohttp.ClientSession
    keys: KeyStore
    feed: live.LiveFeed
    pbx: FakePbx
    tapes: Tapes
    folder: Path
    people: PeopleParts
    described: list[Endpoint] = field(repr=False)

    @asynccontextmanager
    async def signed_in(
        self, role: UserRole = UserRole.HEAD, manager_id: str | None = None, *, may_listen: bool = True
    ) -> AsyncIterator[aiohttp.ClientSession]:
        """A browser of somebody new in that role, on a page of ours."""
        user_id = f"{role}-{manager_id or 'nobody'}-{token_urlsafe(6).lower()}".replace("_", ".")
        await self.people.users.add(
            user_id, "Somebody", role, manager_id=manager_id, may_listen=may_listen, language="en"
        )
        token = await self.people.sessions.begin(user_id, "127.0.0.1", "test")
        jar = aiohttp.CookieJar(unsafe=True)
        jar.update_cookies({"ringback": token}, URL(self.url))
        async with aiohttp.ClientSession(
            self.url, cookie_jar=jar, headers={"Sec-Fetch-Site": "same-origin"}
        ) as browser:
            yield browser

    async def key(self, *scopes: Scope, per_minute: int = 100_000, expires_at: datetime | None = None) -> str:
        return await self.keys.create(
            "test", scopes, expires_at=expires_at, per_minute=per_minute, random_text=token_urlsafe
        )


def rooms(pool: Pool, folder: Path, pbx: FakePbx, tapes: Tapes) -> ApiServices:
    """Telephony's rooms as the service plugs them in."""
    settings = TelephonySettings(
        recording=RecordingSettings(folder=folder, shared=(SharedFolder(there="/pbx", here=folder.parent / "pbx"),)),
        voice=VoiceSettings(trunk="PJSIP/carrier"),
        survey=SurveySettings(enabled=True, company="Garden"),
    )
    almanac = Almanac(settings.hours)
    callbacks = Callbacks(pool, settings, now, almanac=almanac)
    watch = CalendarWatch(pool, settings.hours, almanac, now)
    retention = Retention(pool, settings.recording, RecordingMetrics(CollectorRegistry()), now)
    return ApiServices(
        absences=callbacks.absences,
        alarms=AlarmClearing(pool, now),
        calendar=CalendarDays(pool, almanac, watch.look, "UA", now),
        callbacks=callbacks.operations,
        clicks=Clicks(pool, {PbxName("pbx"): pbx}, settings, now, lambda: "5e1f", TollGate(settings.toll, "UA")),
        dead_letters=DeadLetters(pool, now),
        directory=DirectoryStore(pool),
        health=Health(),
        library=Library(folder),
        messages=SharedLibrary(settings.recording.shared),
        presences=callbacks.presences({}),
        privacy=Privacy(pool, "UA", now, retention, callbacks.operations, [Forgetting(now)], outside(settings)),
        recorder=tapes,
        settings=effective(settings, {}),
        surveys=surveys_part.make(pool, {}, settings, callbacks, [], now, CollectorRegistry()).orders,
    )


@pytest_asyncio.fixture
async def api(pool: Pool, tmp_path: Path) -> AsyncIterator[Api]:
    keys, feed, pbx, tapes = KeyStore(pool, now), live.LiveFeed("life", "UA"), FakePbx(), Tapes()
    folder = tmp_path / "recordings"
    folder.mkdir()
    given = BridgeContext(pool, now, "UA", ZoneInfo("Europe/Kyiv"), "1")
    stack = AsyncExitStack()
    told = NotificationSettings(local=True)
    notifications = open_notifications(told, pool, now, given.zone, "https://calls.company.com", stack)
    described = described_endpoints(given, rooms(pool, folder, pbx, tapes), keys, feed, notifications)
    people = open_people(pool, now, "UA", default_group="sales", trusted_proxies=())
    answers = FirstAnswers(pool, now)
    server = Server(keys, RateBuckets(), now, answers, people.door, people.deeds, cors_origins=[WIDGET])
    app = server.application([*described, *pages.endpoints(described, "1")])
    whole = web.Application()
    whole.add_subapp(PREFIX, app)
    runner = web.AppRunner(whole, max_line_size=LONGEST_LINE)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    everything = await keys.create("all", list(Scope), expires_at=None, per_minute=100_000, random_text=token_urlsafe)
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {everything}"}) as http:
        yield Api(url, http, keys, feed, pbx, tapes, folder, people, described)
    feed.close()
    await stack.aclose()
    await runner.cleanup()
