"""Every loop of the daemon meets a PostgreSQL that is killed, frozen, stopped and full, and goes on afterwards.

The daemon is the real one, wired as in `ringback run`, on a real server on a small disk; the PBX, the calendar and the
webhook's receiver are small real servers. All faults come once, one after the other, and then each loop is judged.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg
import pytest
import pytest_asyncio
import yaml
from aiohttp import web
from structlog.testing import capture_logs

from crm_bridge.outbox import dispatcher
from crm_bridge.outbox.dispatcher import DispatchPolicy
from deploy.lab.ports import free_port
from service import Settings, _wire
from telephony.daemon.application import Application
from telephony.daemon.plugins import Plugins
from telephony.daemon.supervisor import Supervisor
from tests.integration.telephony.ami.fake_pbx import FakePbx, until
from tests.integration.telephony.schedule.fake_caldav import FakeCalDav, serving
from tests.own_server import OwnServer, may_mount, own_server
from tests.stories import story
from tests.waiting import PATIENCE

LOOPS = (
    "calendar",
    "calendars elsewhere",
    "callback engine",
    "cel pbx",
    "live notices",
    "outbox leases",
    "outbox shop",
    "overdue promises",
    "recording archive 0",
    "recording retention",
)
"""Those that ask the database all the time."""
SELDOM = (
    "cases",
    "dead letters",
    "directory copy",
    "late erasures",
    "leftovers pbx",
    "notices",
    "outbox people:",
    "outbox standing",
    "recording room",
    "reviews",
)
"""Those that ask it once in a while, or once; they may meet an outage here."""
FAULTS = ("killed", "frozen", "stopped", "full")
_DISK_MEGABYTES = 200
Logged = list[Any]
_SMALL_DISK = {"min_wal_size": "32MB", "max_wal_size": "48MB"}
_DAY_BEFORE = datetime.now(UTC) - timedelta(days=1)


@dataclass
class Night:
    """What was seen of one fault after the other."""

    own: OwnServer
    application: Application
    supervisor: Supervisor
    received: Counter[int] = field(default_factory=Counter)
    waited: dict[str, set[str]] = field(default_factory=dict)
    told: list[Logged] = field(default_factory=list)
    calls: int = 0

    async def goes_through(self, fault: str) -> None:
        """Let one fault come and go, with calls before, in and after it."""
        self._ring(5)
        with capture_logs() as logs:
            match fault:
                case "killed":
                    met = self.supervisor.board.outages.copy()
                    self.own.kill()
                    await until(lambda: {"callback engine", "live notices"} <= set(self.supervisor.board.outages - met))
                case "frozen":
                    self.own.freeze()
                    await self._until_waiting(LOOPS)
                    self.own.thaw()
                case "stopped":
                    await self.own.away()
                    await self._until_waiting(LOOPS)
                    await self.own.back()
                case "full":
                    await self._fill_up()
                    self._ring(25)
                    await until(lambda: self.pump_waits)
                    self.own.make_room()
            self._ring(5)
            await until(lambda: not self.supervisor.board.waiting() and not self.pump_waits)
        self.told.append(logs)
        self.waited[fault] = {str(line["loop"]) for line in logs if line["event"] == "loop.waits"}

    async def drained(self) -> None:
        """Wait until every call is written."""
        pump = self.application._pump  # noqa: SLF001 - as below
        assert pump is not None
        await pump.drained()

    @property
    def pump_waits(self) -> bool:
        pump = self.application._pump  # noqa: SLF001 - the pump's figures are on /metrics
        return pump is not None and pump.figures.outage_since is not None

    def _ring(self, calls: int) -> None:
        for _ in range(calls):
            self.calls += 1
            for event in story(self.calls, at=_DAY_BEFORE):
                self.application._submit(event)  # noqa: SLF001 - as the link does

    async def _until_waiting(self, names: tuple[str, ...]) -> None:
        try:
            await until(lambda: set(names) <= set(self.supervisor.board.waiting()))
        except TimeoutError:
            raise AssertionError(f"never waited: {set(names) - set(self.supervisor.board.waiting())}") from None

    async def _fill_up(self) -> None:
        connection = await asyncpg.connect(self.own.dsn)
        await connection.execute("create table if not exists filler (text text)")
        self.own.fill_up()
        with pytest.raises(asyncpg.DiskFullError):
            await connection.execute("insert into filler select repeat('x', 3000) from generate_series(1, 10000)")
        await connection.close()


GRAFANA: Final = Path(__file__).parents[2] / "deploy" / "grafana"


def expressions() -> Iterator[str]:
    """All that the dashboard and the alert rules ask Prometheus."""
    for panel in json.loads((GRAFANA / "dashboard.json").read_text())["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))
    for rule in yaml.safe_load((GRAFANA / "alerts.yml").read_text())["groups"][0]["rules"]:
        yield rule["expr"]


@asynccontextmanager
async def receiving(received: Counter[int]) -> AsyncIterator[str]:
    """A webhook's receiver that counts each message."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        received[int(request.headers["webhook-id"].removeprefix("msg_"))] += 1
        return web.Response(text="bad \0 words")

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


@pytest.fixture(scope="module")
def impatience() -> Iterator[None]:
    """Loops look often, and statements have little time: what takes minutes elsewhere takes seconds here."""
    patch = pytest.MonkeyPatch()
    patch.setattr("telephony.postgres.pool._STATEMENT_SECONDS", 1.5)
    patch.setattr("telephony.postgres.listening._ASK_SECONDS", 0.2)
    patch.setattr("telephony.postgres.listening._PATIENCE_SECONDS", 0.3)
    patch.setattr("telephony.schedule.fetching._LOOK_SECONDS", 0.1)
    patch.setattr("telephony.callback.promises.overdue._LONGEST_SECONDS", 0.1)
    patch.setattr("telephony.callback.promises.overdue._SHORTEST_SECONDS", 0.1)
    patch.setattr("telephony.recording.archive._IDLE_SECONDS", 0.1)
    patch.setattr("telephony.cel.backfill._NOTE_SECONDS", 0.1)
    patch.setattr("telephony.cel.backfill._LOOK_SECONDS", 0.1)
    quick = DispatchPolicy(lease_seconds=2.0, send_seconds=10, poll_seconds=0.1, grace_seconds=0.1)
    patch.setattr(dispatcher, "DispatchPolicy", lambda: quick)
    yield
    patch.undo()


def _settings(folder: Path, own: OwnServer, pbx: FakePbx, calendar: str, hook: str) -> Settings:
    (folder / "cel.csv").touch()
    return Settings.model_validate(
        {
            "database": {"dsn": own.dsn, "pool_size": 12, "spool_folder": folder / "spool"},
            "http": {"port": free_port()},
            "pbx": [{"port": pbx.port, "secret": pbx.secret, "cel_file": folder / "cel.csv"}],
            "callback": {"poll_seconds": 0.1},
            "hours": {"look_seconds": 0.1, "calendars": [{"name": "state", "url": calendar, "refresh_minutes": 0.05}]},
            "recording": {
                "folder": folder / "kept",
                "workers": 1,
                "retention_hours": 0.00005,
                "shared": [{"there": "/var/spool/asterisk/monitor", "here": folder}],
            },
            "voice": {"port": free_port(), "folder": folder / "prompts"},
            "webhooks": [{"name": "shop", "url": hook, "secret": "whsec_" + "c2VjcmV0" * 4, "private": True}],
        }
    )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def night(impatience: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Night]:
    del impatience
    folder, received = tmp_path_factory.mktemp("night"), Counter[int]()
    disk = _DISK_MEGABYTES if may_mount() else 0
    async with (
        own_server(disk_megabytes=disk, options=_SMALL_DISK) as own,
        FakePbx().listening() as pbx,
        serving(FakeCalDav()) as calendar,
        receiving(received) as hook,
    ):
        settings = _settings(folder, own, pbx, f"{calendar.url}/link.ics", hook)
        application, supervisor = Application(settings), Supervisor()
        await _wire(application, supervisor, Plugins())
        seen = Night(own, application, supervisor, received)
        async with asyncio.timeout(PATIENCE):
            await application.sessions[0].link.synced.wait()
        try:
            for fault in FAULTS:
                if fault != "full" or disk:
                    await seen.goes_through(fault)
            yield seen
        finally:
            await supervisor.close(within_seconds=4)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.asyncio(loop_scope="module")
async def test_every_loop_of_ours_survives_the_database_going_away_and_comes_back(night: Night, loop: str) -> None:
    assert loop in night.waited["frozen"]
    assert loop in night.waited["stopped"]
    await until(lambda: loop not in night.supervisor.board.waiting())


@pytest.mark.asyncio(loop_scope="module")
async def test_the_service_goes_on_and_has_written_every_call(night: Night) -> None:
    async with asyncio.timeout(PATIENCE):
        stop = asyncio.Event()
        stop.set()
        await night.supervisor.wait(stop)  # raises what a loop died of
    pool = night.application.pool
    assert pool is not None
    async with asyncio.timeout(PATIENCE):
        await night.drained()
    assert await pool.fetchval("SELECT count(*) FROM calls WHERE ended_at IS NOT NULL") == night.calls
    assert set(night.supervisor.board.outages) <= {*LOOPS, *SELDOM}, "judge it, too"


@pytest.mark.asyncio(loop_scope="module")
async def test_every_message_was_delivered_and_none_twice(night: Night) -> None:
    pool = night.application.pool
    assert pool is not None
    undelivered = "SELECT count(*) FROM outbox_messages WHERE state <> 'delivered'"
    async with asyncio.timeout(PATIENCE):
        while await pool.fetchval(undelivered):
            await asyncio.sleep(0.05)
    rows = await pool.fetch("SELECT id, kind FROM outbox_messages")
    ids = [row["id"] for row in rows]
    assert sum(row["kind"].startswith("call.") for row in rows) == 4 * night.calls, Counter(row["kind"] for row in rows)
    twice = [number for number, times in night.received.items() if times > 1]
    tries = await pool.fetch("SELECT * FROM outbox_deliveries WHERE message_id = any($1) ORDER BY id", twice)
    assert not twice, f"{tries}"
    assert night.received.keys() == set(ids)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_outage_is_said_once_when_it_begins_and_once_when_it_is_over(night: Night) -> None:
    for logs in night.told:
        said = Counter((line["event"], line.get("loop")) for line in logs)
        for loop in LOOPS:
            assert said["loop.waits", loop] == said["loop.goes_on", loop]


@pytest.mark.asyncio(loop_scope="module")
async def test_dashboard_and_alert_rules_ask_only_for_metrics_that_the_daemon_gives(night: Night) -> None:
    """The names are those of the daemon's own /metrics; a labelled metric without a sample is known by its HELP."""
    url = f"http://127.0.0.1:{night.application.settings.http.port}/metrics"
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        given = set(re.findall(r"^# HELP (\w+) ", await answer.text(), re.MULTILINE))
    asked = {name for expression in expressions() for name in re.findall(r"\bringback_\w+", expression)}
    assert len(asked) > 20, "both files were read"
    assert {name for name in asked if re.sub(r"_(bucket|sum|count)$", "", name) not in given} == set()
