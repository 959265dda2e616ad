"""A loop waits for the world, says so once, and raises what is ours."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from telephony.daemon.figures import LoopFigures
from telephony.daemon.health import loops_part
from telephony.daemon.supervisor import LoopDied, Supervisor
from telephony.errors import leaves, reason
from telephony.postgres.outages import is_outage, is_worldly
from telephony.postgres.patience import Board, Patience, on_board
from tests.waiting import PATIENCE

AWAY = ConnectionRefusedError("refused")


def failing(errors: list[Exception], patience: Patience, went_on: asyncio.Event) -> Callable[[], Awaitable[None]]:
    async def turn() -> None:
        if errors:
            raise errors.pop(0)
        patience.well()
        went_on.set()
        await asyncio.Event().wait()

    return turn


async def test_outages_are_waited_out_and_told_once_with_all_leaves() -> None:
    group = ExceptionGroup("two", [AWAY, ExceptionGroup("one", [asyncpg.DiskFullError("no space left")])])
    patience, went_on, supervisor = Patience("engine", longest_seconds=0.001), asyncio.Event(), Supervisor()
    with structlog.testing.capture_logs() as told:
        supervisor.spawn("engine", patience.forever(failing([group, AWAY, AWAY], patience, went_on)))
        async with asyncio.timeout(PATIENCE):
            await went_on.wait()
        await supervisor.close(1)
    assert [one["event"] for one in told] == ["loop.waits", "loop.goes_on"]
    assert told[0]["reason"] == "ConnectionRefusedError: refused; DiskFullError: no space left"
    assert supervisor.board.outages == {"engine": 1}
    assert not supervisor.board.waiting()


async def test_who_waits_is_on_the_board_in_health_and_in_figures() -> None:
    supervisor, away = Supervisor(), asyncio.Event()
    registry = CollectorRegistry()
    registry.register(LoopFigures(supervisor.board))

    async def turn() -> None:
        away.set()
        raise AWAY

    assert loops_part(supervisor.board)().healthy
    supervisor.spawn("outbox", Patience("outbox").forever(turn))
    await away.wait()
    await asyncio.sleep(0)
    part = loops_part(supervisor.board)()
    assert part.said == "waiting: outbox for 0 s (ConnectionRefusedError: refused)"
    assert part.healthy  # a moment is no illness
    assert b'ringback_loop_outages_total{loop="outbox"} 1.0' in generate_latest(registry)
    await supervisor.close(1)


async def test_long_waits_are_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board()
    board.begun("engine", "refused")
    began = board.waiting()["engine"].since
    monkeypatch.setattr("telephony.daemon.health.monotonic", lambda: began + 11)
    assert not loops_part(board)().healthy
    board.over("engine")
    assert loops_part(board)().healthy


async def test_a_defect_ends_the_service_with_its_leaves() -> None:
    async def turn() -> None:
        raise ExceptionGroup("outer", [AWAY, ExceptionGroup("inner", [ValueError("a wrong number")])])

    supervisor = Supervisor()
    supervisor.spawn("outbox", Patience("outbox").forever(turn))
    with pytest.raises(LoopDied, match="outbox: ConnectionRefusedError: refused; ValueError: a wrong number"):
        await supervisor.wait(asyncio.Event())


async def test_waits_grow_to_the_longest_and_begin_anew_after_success(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("telephony.postgres.patience.asyncio.sleep", wait)
    monkeypatch.setattr("telephony.postgres.patience.random.uniform", lambda *_: 1.0)
    patience = Patience("engine", longest_seconds=1.0)
    with on_board(Board()):
        for _ in range(6):
            await patience.met(AWAY)
        assert patience.waits
        patience.well()
        await patience.met(AWAY)
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 0.1]


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("cannot perform operation: connection is closed"),
        asyncpg.InterfaceError("cannot call Transaction.__aexit__(): the underlying connection is closed"),
        asyncpg.InterfaceError("cannot call Connection.execute(): connection has been released back to the pool"),
        asyncpg.DiskFullError("could not extend file: wrote only 4096 of 8192 bytes"),
        asyncpg.TooManyConnectionsError("sorry"),
        asyncpg.ReadOnlySQLTransactionError("standby"),
        TimeoutError(),
        FileNotFoundError(2, "no such socket"),
        ExceptionGroup("all", [AWAY, TimeoutError()]),
    ],
    ids=repr,
)
def test_what_passes(error: Exception) -> None:
    assert is_outage(error)
    assert is_worldly(error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DataError("invalid input for query argument $1: 'connection is closed' (a str is required)"),
        asyncpg.DataError("invalid input for query argument $1: connection is closed"),
        asyncpg.InterfaceError("cannot call PreparedStmt.fetch(): the prepared statement is closed"),
        asyncpg.CharacterNotInRepertoireError("invalid byte sequence for encoding UTF8: 0x00"),
        asyncpg.CheckViolationError("took"),
        ExceptionGroup("one of ours", [AWAY, KeyError("x")]),
    ],
    ids=repr,
)
def test_what_never_passes(error: Exception) -> None:
    assert not is_outage(error)
    assert not is_worldly(error)


def test_a_server_that_is_broken_is_waited_for_but_holds_up_no_batch() -> None:
    for error in (asyncpg.IndexCorruptedError("x"), asyncpg.InvalidPasswordError("x")):
        assert is_worldly(error)
        assert not is_outage(error)


def test_a_reason_names_each_leaf_once_and_ends_somewhere() -> None:
    group = ExceptionGroup("g", [ValueError("a"), ValueError("a"), ExceptionGroup("h", [TimeoutError()])])
    assert [type(leaf) for leaf in leaves(group)] == [ValueError, ValueError, TimeoutError]
    assert reason(group) == "ValueError: a; TimeoutError"
    assert len(reason(ValueError("x" * 10_000))) == 2_000


async def test_a_cancellation_that_a_library_made_a_failure_of_ends_the_loop() -> None:
    """A connection that is given up at the same moment says that it timed out; nobody would cancel us again."""
    at_work = asyncio.Event()

    async def connects() -> None:
        at_work.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise TimeoutError from None

    loop = asyncio.create_task(Patience("loop").forever(connects))
    await at_work.wait()
    loop.cancel()
    done, _ = await asyncio.wait({loop}, timeout=PATIENCE)
    assert done == {loop}
    assert loop.cancelled()
