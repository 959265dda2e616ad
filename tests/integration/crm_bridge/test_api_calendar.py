"""Calendar days by the API: what they do, whose they are, and what is refused without a trace."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_bridge.api.values.keys import Scope
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.things import ask

DAYS = "/calendar/days"
XMAS = f"{DAYS}/2030-12-25"


async def hours(api: Api, at: str = "2030-12-25T12:00:00%2B02:00", scope: str = "") -> dict[str, Any]:
    code, told = await ask(api, "GET", f"/calendar/hours?at={at}{scope}")
    assert code == 200
    assert isinstance(told, dict)
    return told


@pytest.fixture(autouse=True)
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """The days of these tests are in 2030; who asks about them looks as of then."""
    monkeypatch.setattr("telephony.schedule.rules.icalendar_files._DAYS_AHEAD", 3000)


async def test_a_day_is_closed_shortened_listed_and_given_back(api: Api) -> None:
    assert (await hours(api))["open"], "a Wednesday"
    code, told = await ask(api, "PUT", XMAS, {"note": "Різдво"})
    assert (code, told["hours"], told["by"], told["promises"]) == (200, "", "all", 0)
    assert told["because"] == "2030 Dec 25 off (Різдво), told in the API by all"
    closed = await hours(api)
    assert (closed["open"], closed["because"]) == (False, told["because"])
    assert closed["next_opening"] == "2030-12-26T07:00:00Z"

    code, told = await ask(api, "PUT", XMAS, {"hours": "10:00-13:00,14:00-15:00"})
    assert (code, told["hours"], told["note"]) == (200, "10:00-13:00,14:00-15:00", "")
    assert (await hours(api))["next_change"] == "2030-12-25T11:00:00Z"
    _, listed = await ask(api, "GET", f"{DAYS}?from=2030-12-01&to=2030-12-31")
    assert listed["days"] == [told]
    assert (await ask(api, "GET", f"{DAYS}?from=2030-12-26&to=2030-12-31"))[1] == {"days": []}

    assert await ask(api, "DELETE", XMAS) == (204, None)
    assert "hours.schedule" in (await hours(api))["because"]
    code, refused = await ask(api, "DELETE", XMAS)
    assert (code, refused["error_id"]) == (404, "not-found")


async def test_a_sunday_is_opened_specially_until_midnight(api: Api) -> None:
    await ask(api, "PUT", f"{DAYS}/2030-12-22", {"hours": "10:00-14:00,22:00-24:00"})
    assert (await hours(api, "2030-12-22T23:59:00%2B02:00"))["open"]
    assert not (await hours(api, "2030-12-23T00:00:00%2B02:00"))["open"]


async def test_a_number_s_or_a_group_s_day_is_theirs_only_and_goes_over_everybodys(api: Api) -> None:
    await ask(api, "PUT", XMAS, {})
    code, told = await ask(api, "PUT", f"{XMAS}?did=044%20200-06-00", {"hours": "00:00-24:00"})
    assert (code, told["did"], told["group"]) == (200, "+380442000600", "")
    assert (await ask(api, "PUT", f"{XMAS}?group=sales", {"hours": "11:00-13:00"}))[1]["group"] == "sales"
    assert not (await hours(api))["open"]
    assert (await hours(api, scope="&did=%2B380442000600"))["open"]
    assert (await hours(api, scope="&group=sales"))["open"]
    assert not (await hours(api, scope="&did=0442000601"))["open"]
    _, listed = await ask(api, "GET", f"{DAYS}?from=2030-12-25&to=2030-12-25")
    assert [(day["did"], day["group"]) for day in listed["days"]] == [("", ""), ("", "sales"), ("+380442000600", "")]
    assert (await ask(api, "DELETE", f"{XMAS}?group=support"))[0] == 404
    assert (await ask(api, "DELETE", f"{XMAS}?group=sales"))[0] == 204
    assert not (await hours(api))["open"]


async def test_who_closes_a_day_is_told_how_many_callers_wait_for_a_time_on_it(api: Api, pool: Pool) -> None:
    for number, at in enumerate(["2030-12-25T07:05Z", "2030-12-25T09:00Z", "2030-12-26T07:05Z", "2030-12-24T23:00Z"]):
        _, request = await ask(api, "POST", "/callbacks", {"number": f"+38067123456{number}"})
        await pool.execute(
            "INSERT INTO promises (request_id, slot_of, promised_at, made_at) VALUES ($1, $2, $3, now())",
            request["request_id"],
            "group:sales" if number else "manager:ivan",
            datetime.fromisoformat(at),
        )
        await pool.execute("UPDATE callback_requests SET did = '0442000600' WHERE request_id = $1 AND $2 = 1",
                           request["request_id"], number)  # fmt: skip
    _, told = await ask(api, "PUT", XMAS, {"hours": "10:00-18:00"})
    assert (told["promises"], told["promises_when_closed"]) == (3, 2), "9:05, 11:00, and 1:00 at night of that day here"
    _, told = await ask(api, "PUT", f"{XMAS}?did=0442000600", {})
    assert (told["promises"], told["promises_when_closed"]) == (1, 1)
    _, told = await ask(api, "PUT", f"{XMAS}?group=sales", {"hours": "12:00-18:00"})
    assert (told["promises"], told["promises_when_closed"]) == (2, 2)
    both = await hours(api)
    assert (both["promises"], both["promises_when_closed"]) == (3, 3)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (XMAS, {"hours": "off; 24/7"}, 422),
        (XMAS, {"hours": "10:00-14:00; Mo-Su off"}, 422),
        (XMAS, {"hours": "10:00-14:00\n"}, 422),
        (XMAS, {"hours": "10:00-10:00"}, 400),
        (XMAS, {"hours": "22:00-02:00"}, 400),
        (XMAS, {"hours": ",".join(["10:00-10:30"] * 13)}, 400),
        (XMAS, {"hours": None}, 422),
        (XMAS, {"hours": "10:00-14:00", "from": "x"}, 422),
        (XMAS, {"note": "a\r\nb"}, 422),
        (XMAS, {"note": "x" * 81}, 422),
        (XMAS, [], 422),
        (f"{DAYS}/2030-02-30", {}, 422),
        (f"{DAYS}/1924041600", {}, 422),
        (f"{DAYS}/today", {}, 422),
        (f"{DAYS}/1999-12-31", {}, 422),
        (f"{DAYS}/2030-12-25T00:00", {}, 422),
        (f"{XMAS}?did=0442000600&group=sales", {}, 422),
        (f"{XMAS}?did=sales", {}, 422),
        (f"{XMAS}?group=", {}, 422),
        (f"{XMAS}?group=%00", {}, 422),
        (f"{XMAS}?group={'x' * 65}", {}, 422),
        (f"{XMAS}?team=sales", {}, 422),
    ],
)
async def test_what_cannot_be_read_is_refused_and_changes_nothing(
    api: Api,
    pool: Pool,
    path: str,
    body: Any,  # noqa: ANN401
    code: int,
) -> None:
    told, refused = await ask(api, "PUT", path, body)
    assert (told, refused["type"].startswith("urn:ringback:error:")) == (code, True), refused
    assert await pool.fetchval("SELECT count(*) FROM calendar_days") == 0


@pytest.mark.parametrize(
    "query", ["from=2030-12-25&to=2030-12-24", "from=2000-01-01&to=2099-01-01", "since=2030-01-01"]
)
async def test_a_span_that_is_none_is_refused(api: Api, query: str) -> None:
    assert (await ask(api, "GET", f"{DAYS}?{query}"))[0] == 422


async def test_the_list_begins_today_if_nobody_says_otherwise(api: Api) -> None:
    today = datetime.now(UTC).date()
    for day in (today - timedelta(days=1), today, today + timedelta(days=366), today + timedelta(days=367)):
        assert (await ask(api, "PUT", f"{DAYS}/{day}", {}))[0] == 200
    _, listed = await ask(api, "GET", DAYS)
    days = [str(today + timedelta(days=number)) for number in (0, 366, 367)]
    assert [day["day"] for day in listed["days"]] in (days[:2], days[1:]), "the second, if midnight came between"


async def test_reading_and_writing_are_scopes_of_their_own(api: Api) -> None:
    reader, writer = await api.key(Scope.CALENDAR_READ), await api.key(Scope.CALENDAR_WRITE)
    other = await api.key(Scope.DIRECTORY_WRITE, Scope.CALLBACKS_READ)
    assert (await ask(api, "PUT", XMAS, {}, key=reader))[0] == 403
    assert (await ask(api, "PUT", XMAS, {}, key=other))[0] == 403
    assert (await ask(api, "PUT", XMAS, {}, key=writer))[0] == 200
    assert (await ask(api, "GET", DAYS, key=writer))[0] == 403
    for path in (DAYS, "/calendar/hours"):
        assert (await ask(api, "GET", path, key=reader))[0] == 200
