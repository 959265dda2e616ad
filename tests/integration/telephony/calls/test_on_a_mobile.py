"""A call that a manager took on the mobile is found by their extension."""

from dataclasses import replace
from pathlib import Path

import pytest

from telephony.calls.store import LedgerWriter
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.events import CallEnded
from telephony.model import Answerer, Call, CallId, ChannelName
from telephony.postgres import migrations
from telephony.postgres.pool import Pool
from tests import stories
from tests.builders import after

FOLDER = Path(migrations.__file__).parents[1] / "sql" / "migrations"


def taken_by(number: str, call_id: str) -> Call:
    by = Answerer(number, "", ChannelName("PJSIP/carrier-00000007"))
    call = stories.ended(stories.answered(stories.ringing(stories.started())))
    return replace(call, call_id=CallId(call_id), answered_by=by, talked_last=by)


async def written(pool: Pool, *calls: Call) -> dict[str, tuple[str, str]]:
    async with pool.acquire() as connection, connection.transaction():
        await LedgerWriter("UA").write(connection, [CallEnded(call, after(60)) for call in calls])
    rows = await pool.fetch("SELECT call_id, manager, talked_last_number FROM published.calls")
    return {row["call_id"]: (row["manager"], row["talked_last_number"]) for row in rows}


@pytest.mark.parametrize("endpoint", ["PJSIP/101", "Local/101@from-internal/n"])
@pytest.mark.parametrize("mobile", ["+380501110101", "0501110101"])
async def test_the_mobile_of_the_directory_is_the_person_in_every_spelling(
    pool: Pool, endpoint: str, mobile: str
) -> None:
    people = [
        ManagerEntry(ManagerId("anna"), "Anna", Endpoint(endpoint), mobile=mobile),
        ManagerEntry(ManagerId("boris"), "Boris", Endpoint("PJSIP/102"), mobile="+380501110102"),
    ]
    await DirectoryStore(pool).replace_managers(people)
    spelled = {"a": "0501110101", "b": "+380501110101", "c": "380501110101", "d": "00380501110101"}
    calls = [taken_by(number, call_id) for call_id, number in spelled.items()]
    found = await written(pool, *calls, taken_by("0671234567", "e"), taken_by("103", "f"))
    assert found == {
        **{call_id: ("101", number) for call_id, number in spelled.items()},
        "e": ("+380671234567", "0671234567"),
        "f": ("103", "103"),
    }


async def test_calls_from_before_are_given_to_the_person_by_the_migration(pool: Pool) -> None:
    assert (await written(pool, taken_by("0501110101", "a"), taken_by("102", "b")))["a"][0] == "+380501110101"
    people = [
        ManagerEntry(ManagerId("anna"), "Anna", Endpoint("PJSIP/101"), mobile="+380501110101"),
        ManagerEntry(ManagerId("twin"), "Twin", Endpoint("PJSIP/109"), mobile="+380501110101"),
    ]
    await DirectoryStore(pool).replace_managers(people)
    await pool.execute((FOLDER / "0204_calls_on_mobiles.sql").read_text())
    rows = await pool.fetch("SELECT call_id, manager FROM published.calls ORDER BY call_id")
    assert [tuple(row) for row in rows] == [("a", "101"), ("b", "102")]
