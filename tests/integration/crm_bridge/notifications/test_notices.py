"""People are told: through the outbox, over real sockets, to a receiver of HTTP and a mail server of our own."""

import asyncio
import base64
import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from aiohttp import web

from crm_bridge.errors import NoSuchThing
from crm_bridge.figures.reports import ReportName
from crm_bridge.notifications.assembly import Notifications
from crm_bridge.notifications.scheduling import Every
from crm_bridge.notifications.sender import AddressRefused, Sender, masked
from crm_bridge.notifications.store import NoticeKind, Wishes
from crm_bridge.notifications.target import quiet_for
from crm_bridge.outbox.dispatcher import Dispatcher
from crm_bridge.outbox.store import OutboxStore
from crm_bridge.people.access import UserRole
from crm_bridge.people.store import UserStore
from telephony.events import CallbackChanged
from telephony.model import CallId
from telephony.postgres.pool import Pool

KYIV = ZoneInfo("Europe/Kyiv")
HOSTILE = "Олена\r\nBcc: all@evil.example\u202e<b>"


@dataclass(slots=True)
class Clock:
    at: datetime = datetime(2026, 11, 28, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass(slots=True)
class Told:
    """Everything around people who are told."""

    notices: Notifications
    users: UserStore
    clock: Clock
    pool: Pool
    http: str
    """Where the receiver is, as Apprise writes it."""
    received: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """The receiver's next answers; 200 when there are none."""

    async def user(self, user_id: str = "ivan", role: UserRole = UserRole.MANAGER, address: str = "") -> None:
        manager = user_id if role is UserRole.MANAGER else None
        await self.users.add(user_id, user_id, role, manager_id=manager, may_listen=True, language="ru")
        await self.notices.store.add(user_id, address or f"{self.http}/{user_id}")

    async def deliver(self) -> None:
        """As the daemon's dispatcher does, till nothing is due."""
        name = self.notices.row.name
        dispatcher = Dispatcher(
            OutboxStore(self.pool), {name: self.notices.target}, clock=self.clock, jitter=lambda: 0.5
        )
        while await dispatcher.deliver_due(name):
            pass

    async def states(self) -> list[tuple[str, str]]:
        rows = await self.pool.fetch("SELECT state, reason FROM outbox_messages ORDER BY id")
        return [(row["state"], row["reason"]) for row in rows]

    async def miss(self, owner: str = "ivan", misses: int = 1, *, commit: bool = True) -> None:
        """A miss as telephony tells it, in the transaction that writes the request."""
        request_id = await self.pool.fetchval(
            "INSERT INTO callback_requests (pbx, customer, heard_number, name, did, trunk, state, waits_for, misses,"
            " first_missed_at, last_missed_at, last_call_id, due_at, round_began_at, owner) VALUES"
            " ('pbx', '+380671234567', '', $1, '', '', 'waiting', 'new', $2, $3, $3, 'pbx:1.1', $3, $3, $4)"
            " ON CONFLICT (customer) WHERE closed_at IS NULL DO UPDATE SET misses = excluded.misses"
            " RETURNING request_id",
            HOSTILE, misses, self.clock(), owner,
        )  # fmt: skip
        event = CallbackChanged(
            request_id, "miss", "waiting", "new", self.clock(), "", "+380671234567", HOSTILE, "", owner, misses, 0,
            self.clock(), self.clock(), CallId("pbx:1.1"),
        )  # fmt: skip
        async with self.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await self.notices.callback_changed(connection, event)
            await (transaction.commit() if commit else transaction.rollback())


@pytest_asyncio.fixture
async def told(pool: Pool) -> AsyncIterator[Told]:
    clock, sender = Clock(), Sender(local=True)
    notices = Notifications(pool, clock, KYIV, sender, "https://calls.company.com")
    await OutboxStore(pool).declare([notices.row])
    made = Told(notices, UserStore(pool, clock), clock, pool, "")

    async def receive(request: web.Request) -> web.Response:
        made.received.append({"path": request.path, **await request.json()})
        code = made.answers.pop(0) if made.answers else 200
        elsewhere = {"Location": "/elsewhere"} if code == 302 else {}
        return web.Response(status=code, headers=elsewhere)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.http = f"json://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    sender.close()
    await runner.cleanup()


async def test_the_owner_is_told_of_a_miss_once_in_their_language_and_nobody_else(told: Told) -> None:
    await told.user("ivan")
    await told.user("petro")
    await told.miss()
    await told.miss()  # the same, told again by a daemon that did not know
    await told.deliver()
    (message,) = told.received
    assert message["path"] == "/ivan"
    assert message["title"].startswith("Пропущенный звонок: Олена")
    assert "12:00" in message["message"]
    assert "+380" in message["message"]
    assert all("\r" not in text and "\u202e" not in text for text in (message["title"], message["message"]))
    assert await told.states() == [("delivered", "")]
    assert "+380671234567" not in str(await told.pool.fetch("SELECT body FROM outbox_messages"))
    await told.miss(misses=2)
    await told.deliver()
    assert len(told.received) == 2


async def test_an_ordered_report_comes_once_as_a_spreadsheet_and_not_to_who_may_see_none(told: Told) -> None:
    told.clock.at = datetime(2026, 11, 27, 10, tzinfo=UTC)  # a Friday
    await told.user("olena", UserRole.HEAD)
    await told.user("ivan")
    for user_id in ("olena", "ivan"):
        await told.notices.reports.order(user_id, ReportName.SUMMARY, Every.WEEK, time(8, 30))
    nobody: Any = None  # no callback is asked about
    watch, another = told.notices.watch(nobody), told.notices.watch(nobody)
    await watch.look()
    await told.deliver()
    assert told.received == [], "nothing comes for a Monday before it was ordered"
    told.clock.at = datetime(2026, 11, 30, 6, 29, tzinfo=UTC)
    await watch.look()
    assert await told.states() == []
    told.clock.at += timedelta(minutes=2)
    await asyncio.gather(watch.look(), another.look())
    await told.deliver()
    (message,) = told.received
    assert message["path"] == "/olena"
    assert message["title"] == "Отчёт: Сводка"
    assert "2026-11-23" in message["message"]
    assert "since=2026-11-23&until=2026-11-29" in message["message"]
    (attached,) = message["attachments"]
    assert attached["filename"] == "summary-2026-11-23-2026-11-29.xlsx"
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(attached["base64"]))) as book:
        assert "Входящие" in book.read("xl/worksheets/sheet1.xml").decode()
    await told.pool.execute("UPDATE users SET role = 'manager', manager_id = 'x' WHERE user_id = 'olena'")
    told.clock.at += timedelta(days=7)
    await watch.look()
    await told.deliver()
    assert len(told.received) == 1


async def test_a_miss_that_was_rolled_back_or_is_settled_tells_nobody(told: Told) -> None:
    await told.user()
    await told.miss(commit=False)
    await told.deliver()
    await told.miss()
    await told.pool.execute("UPDATE callback_requests SET state = 'done', closed_at = now(), closed_for = 'reached'")
    await told.deliver()
    assert told.received == []


async def test_what_fails_is_tried_again_and_what_is_refused_is_a_dead_letter(told: Told) -> None:
    await told.user()
    told.answers += [503]
    await told.miss()
    await told.deliver()
    assert [state for state, _ in await told.states()] == ["waiting"]
    told.clock.at += timedelta(minutes=1)
    await told.deliver()
    assert [state for state, _ in await told.states()] == ["delivered"]
    told.answers += [401]
    await told.miss(misses=2)
    await told.deliver()
    assert [state for state, _ in await told.states()] == ["delivered", "dead"]
    told.answers += [302]
    await told.miss(misses=3)
    await told.deliver()
    assert "/elsewhere" not in {message["path"] for message in told.received}


async def test_quiet_hours_wait_and_a_test_does_not(told: Told) -> None:
    await told.user()
    await told.notices.store.wish("ivan", Wishes(frozenset({NoticeKind.MISSED}), time(11), time(13, 30), None))
    await told.miss()  # at 12:00 in Kyiv
    await told.deliver()
    assert told.received == []
    assert await told.notices.store.test("ivan")
    await told.deliver()
    assert [message["title"] for message in told.received] == ["Ringback: проверка"]
    told.clock.at += timedelta(minutes=91)
    await told.deliver()
    assert len(told.received) == 2


@pytest.mark.parametrize(
    ("begin", "end", "at", "minutes"),
    [
        (time(22), time(8), "2026-11-28T23:00", 9 * 60),
        (time(22), time(8), "2026-11-29T07:59", 1),
        (time(22), time(8), "2026-11-29T08:00", 0),
        (time(9), time(9), "2026-11-29T09:00", 0),
        (None, None, "2026-11-29T09:00", 0),
        (time(22), time(8), "2026-03-28T23:00", 8 * 60),
        (time(22), time(8), "2026-10-24T23:00", 10 * 60),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(begin: time | None, end: time | None, at: str, minutes: int) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=KYIV)
    assert quiet_for(begin, end, now) == timedelta(minutes=minutes)


async def test_what_nobody_wishes_is_not_told(told: Told) -> None:
    await told.user()
    await told.notices.store.wish("ivan", Wishes(frozenset(), None, None, None))
    await told.miss()
    await told.users.disable("ivan")
    await told.deliver()
    assert told.received == []


async def test_late_callbacks_overdue_promises_and_the_day_are_told_once(told: Told) -> None:
    await told.user("ivan")
    await told.user("olha", UserRole.HEAD)
    await told.miss()
    await told.pool.execute(
        "INSERT INTO promises (request_id, slot_of, promised_at, made_at, overdue_at) "
        "SELECT request_id, 'group:sales', $1, $1::timestamptz - interval '1 hour', $1 FROM callback_requests",
        told.clock.at,
    )
    await told.notices.store.wish("olha", Wishes(frozenset(NoticeKind), None, None, time(12, 30)))

    class Callbacks:
        async def show(self, request_id: int) -> Any:  # noqa: ANN401 - telephony's
            if request_id > 1:
                raise NoSuchThing("gone")
            return SimpleNamespace(figures=SimpleNamespace(target="missed"))

    watch = told.notices.watch(Callbacks())  # type: ignore[arg-type] # the one order that is asked
    for minutes in (0, 10, 30):
        told.clock.at += timedelta(minutes=minutes)
        await watch.look()
        await watch.look()
    await told.deliver()
    late = [message for message in told.received if message["title"].startswith("Перезвон опаздывает")]
    assert sorted(message["path"] for message in late) == ["/ivan", "/olha"]
    promised = [message for message in told.received if message["title"].startswith("Обещание просрочено")]
    assert sorted(message["path"] for message in promised) == ["/ivan", "/olha"]
    (day,) = [message for message in told.received if message["title"].startswith("День в цифрах")]
    assert day["path"] == "/olha"
    assert "Осталось должны: 1" in day["message"]


async def test_heads_and_admins_are_told_of_alarms(told: Told) -> None:
    await told.user("ivan")
    await told.user("olha", UserRole.HEAD)
    await told.user("root", UserRole.ADMIN)
    alarm = SimpleNamespace(id=7, cause="disk-full", why="nothing can be recorded {0} {why}")
    async with told.pool.acquire() as connection, connection.transaction():
        await told.notices.alarm_raised(connection, alarm)
    await told.deliver()
    assert sorted(message["path"] for message in told.received) == ["/olha", "/root"]
    assert "{why}" in told.received[0]["message"]


@asynccontextmanager
async def mail_server() -> AsyncIterator[tuple[int, list[str]]]:
    """As much of RFC 5321 as a sender without TLS needs; gives its port and the mails."""
    mails: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test ESMTP\r\n")
        while line := await reader.readline():
            match line.split()[0].upper():
                case b"EHLO" | b"HELO":
                    writer.write(b"250-mail.test\r\n250 8BITMIME\r\n")
                case b"DATA":
                    writer.write(b"354 go on\r\n")
                    mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                    writer.write(b"250 kept\r\n")
                case b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], mails


async def test_a_mail_is_sent_and_a_name_adds_no_header(told: Told, tmp_path: Path) -> None:
    async with mail_server() as (port, mails):
        file = tmp_path / "address"
        file.write_text(f"mailto://127.0.0.1:{port}?from=ringback@company.com&to=ivan@company.com&mode=insecure\n")
        await told.user("ivan", address=f"@{file}")
        await told.miss()
        await told.deliver()
        assert await told.states() == [("delivered", "")]
    (mail,) = mails
    head = mail.partition("\r\n\r\n")[0]
    assert "ivan@company.com" in head
    assert "\r\nBcc:" not in head


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "exec://rm", "syslog://", "dbus://", "windows://", "http://127.0.0.1/", "json://", "tgram://x",
        "nonsense", "", "json://a\nb", "@/etc/passwd", "json://" + "a" * 3000, "gnome://", "apprise://127.0.0.1/x",
    ],
)  # fmt: skip
async def test_what_is_no_address_of_an_allowed_service_is_refused(address: str) -> None:
    sender = Sender(local=True)
    with pytest.raises(AddressRefused):
        await sender.check(address)
    sender.close()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "2130706433", "0x7f.1"]
)
async def test_a_host_of_our_own_network_is_not_spoken_to(told: Told, host: str) -> None:
    sender = Sender(local=False)
    port = told.http.rpartition(":")[2]
    answer = await sender.send(f"json://{host}:{port}/x?redirect=yes", "a", "b")
    sender.close()
    assert type(answer).__name__ in {"Discard", "Retry"}
    assert told.received == []


def test_addresses_are_shown_without_their_secrets() -> None:
    shown = masked("tgram://123456789:abcdefg_hijklmnop/12315544/")
    assert "abcdefg_hijklmnop" not in shown
    assert "secret" not in masked("mailto://ivan:secretword@mail.company.com?smtp=mail.company.com&to=a@b.com")
    assert json.dumps(masked("nonsense")) == '"?"'
