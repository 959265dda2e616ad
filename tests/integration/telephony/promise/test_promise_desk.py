"""A promise on a real PostgreSQL: one slot a caller, the same promise told again, and what became of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest_asyncio
from prometheus_client import CollectorRegistry

from telephony.callback.ledger_hook import CallbackLedgerHook
from telephony.callback.owners import Owners
from telephony.callback.policy import transitions
from telephony.callback.policy.context import callback_context
from telephony.callback.policy.lifecycle import Verb
from telephony.callback.policy.model import ClosedReason, Request, WithdrawnReason
from telephony.callback.promises.booking import Booking, choices
from telephony.callback.promises.overdue import PromiseSettlement
from telephony.callback.repository import CallbackRepository
from telephony.callback.talk_clock import TalkClock
from telephony.calls.store import LedgerWriter
from telephony.directory.model import CustomerEntry, Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.events import CallEnded
from telephony.numbers import Canonical
from telephony.postgres.door import PoolProxy
from telephony.postgres.pool import Pool
from telephony.schedule.rules.almanac import Almanac
from telephony.settings import HoursSettings, OwnHours, TelephonySettings, VoiceSettings
from telephony.voice.dialogs.caller_port import Booked, Caller, NoSlot
from telephony.voice.words.phrases import Language
from tests.integration.crm_bridge.test_api_calls import call

KYIV = ZoneInfo("Europe/Kyiv")
FRIDAY_NIGHT = datetime(2026, 11, 20, 22, 40, tzinfo=KYIV).astimezone(UTC)
NUMBER = Canonical("+380671234567")
SETTINGS = TelephonySettings(
    hours=HoursSettings(dids=(OwnHours(names=("+380442000601",), schedule="off"),)),
    voice=VoiceSettings(languages={"+38067": "uk", "+7": "ru", "+3804420007": "en"}, language="ru"),
)


def monday(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-23T{text}").replace(tzinfo=KYIV)


def caller(uniqueid: str = "1763.1", number: str = "0671234567", did: str = "0442000600") -> Caller:
    return Caller(uniqueid, number, did)


@dataclass(slots=True)
class Night:
    """A Friday night: the desk, the book behind it, and a clock that is moved by hand."""

    pool: Pool
    desk: Booking
    book: CallbackRepository
    now: datetime = FRIDAY_NIGHT

    async def request(self, number: Canonical = NUMBER) -> Request:
        async with self.pool.acquire() as connection, connection.transaction():
            found = await self.book.lock_open(connection, number)
            assert found is not None
            return found

    async def close(self, verb: Verb, reason: ClosedReason) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            request = await self.book.lock_open(connection, NUMBER)
            assert request is not None
            await self.book.close(connection, request, verb, reason, self.now, tell=WithdrawnReason.CANCELLED)

    async def verdicts(self) -> list[str]:
        return [row["verdict"] for row in await self.pool.fetch("SELECT verdict FROM published.promises")]


@pytest_asyncio.fixture
async def night(pool: Pool) -> AsyncIterator[Night]:
    around = callback_context(SETTINGS, Almanac(SETTINGS.hours))
    book = CallbackRepository(SETTINGS.callback, around, [PromiseSettlement(timedelta(minutes=5), CollectorRegistry())])
    made: list[Night] = []
    owners = Owners(pool, SETTINGS, [])
    desk = Booking(pool, book, owners, around, choices(SETTINGS), lambda: made[0].now)
    made.append(Night(pool, desk, book))
    yield made[0]


async def test_friday_night_is_promised_monday_five_past_nine_and_the_request_waits_for_it(night: Night) -> None:
    assert await night.desk.book(caller(), NUMBER, None) == Booked(monday("09:05"))
    request = await night.request()
    assert (request.due_at, request.waits_for, request.misses) == (monday("09:05"), "promised", 1)


async def test_a_database_that_comes_back_while_the_greeting_is_spoken_has_the_promise(night: Night) -> None:
    door = PoolProxy()
    around = callback_context(SETTINGS, Almanac(SETTINGS.hours))
    owners = Owners(door.pool, SETTINGS, [])
    desk = Booking(door.pool, night.book, owners, around, choices(SETTINGS), lambda: night.now)
    booking = asyncio.create_task(desk.book(caller(), NUMBER, None))
    for _ in range(20):
        await asyncio.sleep(0)  # it meets the shut door
    door.open(night.pool)
    assert await booking == Booked(monday("09:05"))


async def test_who_calls_again_hears_the_same_promise(night: Night) -> None:
    first = await night.desk.book(caller(), NUMBER, None)
    night.now += timedelta(hours=9)
    assert await night.desk.book(caller("1763.2"), NUMBER, None) == first


async def test_callers_at_once_never_get_one_slot(night: Night) -> None:
    numbers = [Canonical(f"+38067123450{n}") for n in range(8)]
    got = await asyncio.gather(
        *(night.desk.book(caller(f"1763.{n}", number), number, None) for n, number in enumerate(numbers))
    )
    times = sorted(one.at for one in got if isinstance(one, Booked))
    assert times == [monday("09:05") + n * timedelta(minutes=5) for n in range(8)]


async def test_a_manager_is_promised_in_their_own_hours_and_two_managers_at_one_time(night: Night) -> None:
    directory, other = DirectoryStore(night.pool), Canonical("+380501112233")
    late = manager("late", hours="Mo-Fr 11:00-18:00")
    await directory.replace_managers([late, manager("early"), manager("earlier")])
    await directory.put_customers([CustomerEntry(NUMBER, "", late.manager_id)])
    await directory.put_customers([CustomerEntry(other, "", ManagerId("early"))])
    assert await night.desk.book(caller(), NUMBER, None) == Booked(monday("11:00"))
    assert await night.desk.book(caller("1763.2", other), other, None) == Booked(monday("09:05"))
    nobodys = Canonical("+380501112244")
    assert await night.desk.book(caller("1763.3", nobodys), nobodys, None) == Booked(monday("09:05"))


async def test_nobodys_customers_are_promised_times_in_the_groups_own_hours(night: Night) -> None:
    own = OwnHours(names=("sales",), schedule="Mo-Fr 12:00-18:00")
    settings = SETTINGS.model_copy(update={"hours": HoursSettings(groups=(own,))})
    around = callback_context(settings, Almanac(settings.hours))
    owners = Owners(night.pool, settings, [])
    desk = Booking(night.pool, night.book, owners, around, choices(settings), lambda: night.now)
    assert await desk.book(caller(), NUMBER, None) == Booked(monday("12:00"))


def manager(name: str, hours: str = "") -> ManagerEntry:
    return ManagerEntry(ManagerId(name), name, Endpoint(f"PJSIP/{name}"), hours=hours)


async def test_another_time_is_later_and_the_first_is_free_again(night: Night) -> None:
    first = await night.desk.book(caller(), NUMBER, None)
    assert isinstance(first, Booked)
    assert await night.desk.book(caller(), NUMBER, first.at) == Booked(monday("09:10"))
    other = Canonical("+380501112233")
    assert await night.desk.book(caller("1763.2", other), other, None) == first
    assert (await night.request()).due_at == monday("09:10")


async def test_where_nobody_works_nothing_is_promised_and_the_request_is_an_ordinary_one(night: Night) -> None:
    assert await night.desk.book(caller(did="0442000601"), NUMBER, None) == NoSlot()
    assert (await night.request()).waits_for == "new"


async def test_the_end_of_the_call_adds_no_second_miss_and_moves_nothing(night: Night) -> None:
    await night.desk.book(caller("1763.1"), NUMBER, None)
    around = callback_context(SETTINGS, Almanac(SETTINGS.hours))
    hook = CallbackLedgerHook(night.book, around, TalkClock(lambda: night.now), lambda: night.now)
    ended = CallEnded(call(1, answered=False), FRIDAY_NIGHT + timedelta(seconds=40))
    async with night.pool.acquire() as connection, connection.transaction():
        await LedgerWriter("UA").write(connection, [ended])
        await hook(connection, ended)
    request = await night.request()
    assert (request.misses, request.due_at) == (1, monday("09:05"))


async def test_a_hidden_caller_is_called_back_under_the_number_they_keyed(night: Night) -> None:
    hidden = caller("1763.1", "anonymous")
    assert (await night.desk.greet(hidden)).number == ""
    await night.desk.book(hidden, NUMBER, None)
    assert (await night.request()).customer == NUMBER


async def test_the_language_is_the_callers_numbers_else_ours_else_the_houses(night: Night) -> None:
    assert (await night.desk.greet(caller())).language is Language.UK
    assert (await night.desk.greet(caller(number="anonymous", did="+380442000700"))).language is Language.EN
    assert (await night.desk.greet(caller(number="0501112233"))).language is Language.RU


async def test_yes_and_a_message_are_kept(night: Night) -> None:
    await night.desk.book(caller(), NUMBER, None)
    await night.desk.accepted(caller(), NUMBER)
    file = "/var/spool/asterisk/rb-message-1.wav"
    await night.desk.message(caller(), NUMBER, file)
    assert await night.pool.fetchval("SELECT accepted_at FROM promises") == FRIDAY_NIGHT
    assert await night.pool.fetchval("SELECT file FROM published.caller_messages") == file


async def test_a_promise_whose_customer_got_through_is_released(night: Night) -> None:
    await night.desk.book(caller(), NUMBER, None)
    await night.close(Verb.CANCEL, ClosedReason.GOT_THROUGH)
    assert await night.verdicts() == ["released"]


async def test_a_promise_is_broken_if_the_request_is_given_up(night: Night) -> None:
    await night.desk.book(caller(), NUMBER, None)
    await night.close(Verb.DISCARD, ClosedReason.ATTEMPTS_SPENT)
    assert await night.verdicts() == ["broken"]


async def test_a_manager_who_accepts_in_time_keeps_it_and_one_too_late_does_not(night: Night) -> None:
    for minutes, expected in ((3, "kept"), (9, "late")):
        await night.pool.execute("TRUNCATE callback_requests CASCADE")
        night.now = FRIDAY_NIGHT
        await night.desk.book(caller(), NUMBER, None)
        night.now = monday("09:05").astimezone(UTC) + timedelta(minutes=minutes)
        async with night.pool.acquire() as connection, connection.transaction():
            request = await night.book.lock_open(connection, NUMBER)
            assert request is not None
            ringing = await night.book.write(connection, transitions.ring(request, night.now, "owner"))
            await connection.execute(
                "INSERT INTO callback_attempts (request_id, manager, channel_id, pbx, dialstring, step, round, daemon,"
                " written_at, look_at, accepted_at) VALUES ($1, 'm', $2, 'pbx', 'x', 'owner', 1, 0, $3, $3, $3)",
                request.request_id,
                f"rb-cb-{minutes}",
                night.now,
            )
            await night.book.write(connection, transitions.accept(ringing, "m", night.now))  # type: ignore[arg-type]
        assert await night.verdicts() == [expected]
