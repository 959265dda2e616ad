"""Two of the moments of ``make one-dial``: four customers are talked with once, whatever becomes of the daemon."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.one_dial.plan import Fault, Moment, Phase, Seen, Verdict, moment, verdict
from tests.acceptance.one_dial.stand import Stand, open_stand

pytestmark = pytest.mark.asyncio(loop_scope="module")
_TALKS, _STARTS = (6.5, 3.5, 6.5, 3.5), (3.0, 0.0, 1.0, 2.0)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stand() -> AsyncIterator[Stand]:
    folder = Path(tempfile.mkdtemp(prefix="rb-one-dial-"))
    try:
        async with open_stand(folder) as opened:
            yield opened
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    ("cel", "fault", "phase", "lasts"),
    [(False, Fault.KILL_TO_THE_END, Phase.DIALLING, 0.0), (True, Fault.FREEZE, Phase.DIALLING, 5.0)],
    ids=["killed without cel_file, back after the talks", "AMI frozen over the answer"],
)
async def test_who_was_talked_with_is_not_dialled_again(
    stand: Stand, database: str, cel: bool, fault: Fault, phase: Phase, lasts: float
) -> None:
    await stand.begin(database, cel=cel)
    seen = await stand.play(Moment(int(cel), cel, fault, phase, 0.5, lasts, _TALKS, _STARTS))
    await stand.end()
    assert {verdict(one) for one in seen} <= {Verdict.REACHED, Verdict.SHORT, Verdict.SHORT_CLOSED}, seen
    assert [len(one.talks) for one in seen] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("talks", "state", "judged"),
    [
        ((12.4,), "done", Verdict.REACHED),
        ((12.4,), "held", Verdict.ASKED),
        ((12.4,), "retry", Verdict.DOUBLE),
        ((12.4, 0.0), "done", Verdict.DOUBLE),
        ((3.5, 3.4), "retry", Verdict.DOUBLE),
        ((0.0, 12.4), "done", Verdict.REACHED),
        ((3.5,), "retry", Verdict.SHORT),
        ((3.5,), "done", Verdict.SHORT_CLOSED),
        ((0.0,), "done", Verdict.FORGOTTEN),
        ((), "talking", Verdict.STUCK),
    ],
)
async def test_the_customers_phone_is_the_judge(talks: tuple[float, ...], state: str, judged: Verdict) -> None:
    assert verdict(Seen("+380670000000", talks, state)) is judged


async def test_a_seed_makes_the_same_moments() -> None:
    assert [moment(7, number) for number in range(20)] == [moment(7, number) for number in range(20)]
    assert moment(7, 0) != moment(8, 0)
