"""Calls of an outage, from a real CEL file into a real ledger: each once, marked, and with what follows from it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from structlog.testing import capture_logs

from telephony.calls.pump import Pump
from telephony.calls.store import LedgerWriter
from telephony.calls.tracking.merging import close
from telephony.calls.tracking.trunks import TrunkRules
from telephony.cel.backfill import Backfill, BackfillLink
from telephony.cel.stretch import calls_in
from telephony.events import CallEnded, CallEvent, CallStarted
from telephony.model import CallId, Disposition, PbxName
from telephony.ports import Transaction
from telephony.postgres.pool import Pool
from tests.waiting import PATIENCE

TRANSCRIPTS = Path(__file__).parents[3] / "transcripts"
PBX = PbxName("pbx")
RULES = TrunkRules(("PJSIP/carrier-*",), ())


def cel(scenario: str) -> str:
    return (TRANSCRIPTS / f"{scenario}.cel").read_text()


@dataclass(slots=True)
class Outage:
    """A CEL file, a link that comes and goes, and a ledger."""

    pool: Pool
    file: Path
    pump: Pump
    link: BackfillLink
    work: Backfill
    hooked: list[CallEvent]
    connections: int = 0
    pictured_at: datetime = datetime(9999, 1, 1, tzinfo=UTC)
    """When the PBX told what lives: after all that is in the file, unless a test says otherwise."""

    @contextmanager
    def heard(self, *guesses: CallEnded) -> Iterator[None]:
        """The link is up meanwhile; ``guesses`` are the resync's."""
        self.connections += 1
        self.work.explain(guesses)
        self.link.synced.set()
        yield
        self.link.synced.clear()

    async def caught_up(self) -> None:
        """Wait until the place that is kept is the end of the file."""
        async with asyncio.timeout(PATIENCE):
            while await self.pool.fetchval("SELECT bytes FROM cel_positions") != self.file.stat().st_size:
                await asyncio.sleep(0.01)

    async def known_to_be(self) -> None:
        """Wait until whoever asks is told that the file has been read."""
        async with asyncio.timeout(PATIENCE):
            while not self.work.caught_up:
                await asyncio.sleep(0.01)

    async def calls(self) -> list[tuple[str, bool]]:
        rows = await self.pool.fetch("SELECT disposition, repaired FROM calls ORDER BY started_at")
        return [(row["disposition"], row["repaired"]) for row in rows]


@asynccontextmanager
async def outage(
    pool: Pool, folder: Path, going_on: Collection[str] = (), meanwhile: Callable[[], None] = lambda: None
) -> AsyncIterator[Outage]:
    """``meanwhile`` happens each time when the file was read and what is heard live is being written."""

    async def drained() -> None:
        await pump.drained()
        meanwhile()

    hooked: list[CallEvent] = []

    async def hook(tx: Transaction, event: CallEvent) -> None:
        del tx
        hooked.append(event)

    pump = Pump(pool, LedgerWriter("UA"), hooks=[hook])
    made: list[Outage] = []
    link = BackfillLink(
        asyncio.Event(), lambda: made[0].connections, lambda: going_on, pictured_at=lambda: made[0].pictured_at
    )
    file = folder / "cel-custom" / "ringback.csv"
    file.parent.mkdir()
    file.write_text(cel("answered_caller_hangs_up"))  # the past: heard live, or before our time
    work = Backfill(file, PBX, RULES, link, pool, submit=pump.submit, drained=drained, clock=lambda: datetime.now(UTC))
    made.append(Outage(pool, file, pump, link, work, hooked))
    tasks = [asyncio.create_task(pump.run(), name="pump"), asyncio.create_task(work.run(), name="backfill")]
    try:
        yield made[0]
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def ended(scenario: str) -> CallEnded:
    (event,) = calls_in(cel(scenario).splitlines(keepends=True), PBX, RULES).ended.values()
    return event


def append(file: Path, text: str) -> None:
    with file.open("a") as opened:
        opened.write(text)


async def test_a_call_missed_while_nobody_listened_is_in_the_ledger_once_with_its_hooks(
    pool: Pool, tmp_path: Path
) -> None:
    async with outage(pool, tmp_path) as night:
        with night.heard():
            await night.caught_up()
        append(night.file, cel("no_answer"))
        for _ in range(2):  # the second time nothing is new
            assert not night.work.caught_up
            with night.heard():
                await night.caught_up()
                await night.known_to_be()
        assert await night.calls() == [("missed", True)]
        assert [type(event).__name__ for event in night.hooked] == ["CallEnded"]


async def test_a_call_that_died_with_its_asterisk_unheard_is_in_the_ledger_as_missed(
    pool: Pool, tmp_path: Path
) -> None:
    rows = cel("no_answer").splitlines(keepends=True)
    before_its_end = next(number for number, row in enumerate(rows) if "HANGUP" in row)
    async with outage(pool, tmp_path) as night:
        with night.heard():
            await night.caught_up()
        append(night.file, "".join(rows[:before_its_end]))
        with night.heard():
            await night.caught_up()
        assert await night.calls() == [("missed", True)]


async def test_a_call_that_began_after_the_picture_of_what_lives_is_not_taken_for_dead(
    pool: Pool, tmp_path: Path
) -> None:
    """The link went down again before the file was read: the call talks, and nobody hears of it."""
    true = ended("answered_caller_hangs_up")
    rows = cel("answered_caller_hangs_up").splitlines(keepends=True)
    before_its_end = next(number for number, row in enumerate(rows) if "HANGUP" in row)
    read = asyncio.Event()
    async with outage(pool, tmp_path, meanwhile=read.set) as night:
        night.file.write_text("")
        with night.heard():
            await night.caught_up()
        night.pictured_at = true.call.started_at - timedelta(seconds=1)
        append(night.file, "".join(rows[:before_its_end]))
        read.clear()
        with night.heard():
            await night.known_to_be()
        assert read.is_set()
        assert await night.calls() == []
        append(night.file, "".join(rows[before_its_end:]))
        night.pictured_at = true.at + timedelta(seconds=1)
        with night.heard():
            await night.caught_up()
        [row] = await pool.fetch("SELECT answered_at, talk FROM calls")
        assert (row["answered_at"], row["talk"]) == (true.call.answered_at, true.call.talk)


async def test_a_guess_in_the_ledger_is_told_again_when_cel_knows_better(pool: Pool, tmp_path: Path) -> None:
    true = ended("answered_caller_hangs_up")
    guess = close(replace(true.call, ended_at=None, talk=timedelta(), legs=()), true.at)
    assert guess.talk < true.call.talk
    async with outage(pool, tmp_path) as night:
        with night.heard():
            await night.caught_up()
        night.pump.submit(CallEnded(guess, true.at))
        append(night.file, cel("answered_caller_hangs_up"))
        with night.heard():
            await night.caught_up()
        [row] = await pool.fetch("SELECT talk, ended_at FROM calls")
        assert (row["talk"], row["ended_at"]) == (true.call.talk, true.call.ended_at)
        assert [type(event).__name__ for event in night.hooked] == ["CallEnded"]


async def test_a_call_that_ends_while_the_file_is_read_is_told_by_the_next_reading(pool: Pool, tmp_path: Path) -> None:
    true = ended("answered_caller_hangs_up")
    rows = cel("answered_caller_hangs_up").splitlines(keepends=True)
    before_its_end = next(number for number, row in enumerate(rows) if "HANGUP" in row)
    guess = replace(true, call=replace(true.call, answered_at=true.call.ended_at, talk=timedelta()))
    going_on = [true.call.linkedid]
    ends: list[Callable[[], None]] = []
    async with outage(pool, tmp_path, going_on, lambda: ends.pop()() if ends else None) as night:
        night.file.write_text("")
        with night.heard():
            await night.caught_up()

        def end() -> None:
            append(night.file, "".join(rows[before_its_end:]))
            going_on.clear()
            night.work.explain([guess])

        append(night.file, "".join(rows[:before_its_end]))
        ends.append(end)
        with night.heard():
            await night.known_to_be()
        [row] = await pool.fetch("SELECT answered_at, talk FROM calls")
        assert (row["answered_at"], row["talk"]) == (true.call.answered_at, true.call.talk)


async def test_what_was_heard_live_is_left_as_it_was_heard(pool: Pool, tmp_path: Path) -> None:
    async with outage(pool, tmp_path) as night:
        with night.heard():
            await night.caught_up()
        event = ended("no_answer")
        night.pump.submit(replace(event, call=replace(event.call, repaired=False)))
        append(night.file, cel("no_answer"))
        with night.heard():
            await night.caught_up()
        assert await night.calls() == [("missed", False)]


async def test_a_call_whose_end_is_not_there_yet_is_left_to_the_resync(pool: Pool, tmp_path: Path) -> None:
    async with outage(pool, tmp_path, going_on=[str(ended("no_answer").call.linkedid)]) as night:
        with night.heard():
            await night.known_to_be()
        whole = cel("no_answer").splitlines(keepends=True)
        append(night.file, "".join(whole[: len(whole) // 2]) + "garbage,with,no,meaning\n")
        with night.heard():
            await night.known_to_be()
        assert await night.calls() == []


async def test_a_guessed_end_is_told_as_cel_has_it(pool: Pool, tmp_path: Path) -> None:
    """A call that rang when the hearing stopped: the guess is that it was missed, and it was answered."""
    async with outage(pool, tmp_path) as night:
        with night.heard():
            await night.caught_up()
        truth = ended("answered_caller_hangs_up")
        began = replace(truth.call, answered_at=None, answered_by=None, ended_at=None, talk=timedelta(), repaired=False)
        began = replace(began, call_id=CallId(f"{PBX}:{began.linkedid}"), disposition=Disposition.IN_PROGRESS, legs=())
        night.pump.submit(CallStarted(call=began, at=began.started_at))
        guess = close(began, truth.at)
        assert guess.disposition is Disposition.MISSED
        append(night.file, cel("answered_caller_hangs_up"))
        with night.heard(CallEnded(call=guess, at=truth.at)):
            await night.caught_up()
        assert await night.calls() == [("answered", True)]
        assert [type(event).__name__ for event in night.hooked] == ["CallStarted", "CallEnded"]


async def test_a_guess_of_which_cel_knows_nothing_is_told_as_it_is(pool: Pool, tmp_path: Path) -> None:
    async with outage(pool, tmp_path) as night:
        with night.heard(ended("no_answer")):
            await night.caught_up()
        with night.heard(ended("manager_busy")):
            await night.caught_up()
        night.file.unlink()
        night.file.parent.rmdir()
        with night.heard(ended("gives_up_ringing")):
            async with asyncio.timeout(PATIENCE):
                while len(await night.calls()) < 3:
                    await asyncio.sleep(0.01)


async def test_a_folder_that_is_away_is_told_once_and_found_when_it_comes(pool: Pool, tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with outage(pool, tmp_path) as night:
            away = night.file.parent.rename(tmp_path / "away")
            with night.heard():
                async with asyncio.timeout(PATIENCE):
                    while not logs:
                        await asyncio.sleep(0.01)
                away.rename(night.file.parent)
                await night.caught_up()
    assert [line["event"] for line in logs if line["event"].startswith("cel.")] == ["cel.away"]


async def test_a_file_that_asterisk_makes_with_its_first_call_is_read_from_its_beginning(
    pool: Pool, tmp_path: Path
) -> None:
    async with outage(pool, tmp_path) as night:
        night.file.unlink()
        with night.heard():
            async with asyncio.timeout(PATIENCE):
                while await night.pool.fetchval("SELECT bytes FROM cel_positions") != 0:
                    await asyncio.sleep(0.01)
        append(night.file, cel("no_answer"))
        with night.heard():
            await night.caught_up()
        assert await night.calls() == [("missed", True)]
