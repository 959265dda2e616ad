"""Surveys over the real port: ordered once, listed, counted, heard, forgotten; and what their ends open."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from crm_bridge.api.values.keys import Scope
from crm_bridge.assembly import Bridge
from crm_bridge.console_settings import MoneySettings
from crm_bridge.context import BridgeContext
from crm_bridge.notes import Notes
from telephony.events import SurveyOver
from telephony.model import CallId
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api, FakePbx, Tapes, now, rooms
from tests.integration.crm_bridge.test_api_calls import call, write
from tests.integration.crm_bridge.things import SOUND, ask

ANNA = "+380671234567"
SPAN = "since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z"


async def answered(pool: Pool, folder: Path, score: int | None = 3, customer: str = ANNA) -> int:
    """A survey that is over, with one spoken answer."""
    survey_id: int = await pool.fetchval(
        "INSERT INTO surveys (pbx, customer, because, anchor_at, planned_at, not_before, expires_at, state, tries, "
        "channel_id, rang_at, answered_at, consented_at, score, ended_at, ended_for) VALUES ('pbx', $1, 'sale', $2, "
        "$2, $2, $2, 'over', 1, 'rb-survey-' || $3::text, $2, $2, $2, $4::smallint, $2, 'finished') "
        "RETURNING survey_id",
        customer,
        datetime.now(UTC) - timedelta(minutes=1),
        customer + str(score),
        score,
    )
    shared = folder.parent / "pbx"
    shared.mkdir(exist_ok=True)
    (shared / f"{survey_id}.wav").write_bytes(SOUND)
    await pool.execute(
        "INSERT INTO survey_answers (survey_id, question, file, seconds, said_at) VALUES ($1, 1, $2, 4, now())",
        survey_id,
        f"/pbx/{survey_id}.wav",
    )
    return survey_id


async def test_a_survey_is_ordered_once_listed_and_called_off(api: Api) -> None:
    code, planned = await ask(api, "POST", "/surveys", {"number": "067 123 45 67"})
    assert (code, planned["customer"]) == (201, ANNA)
    assert (await ask(api, "POST", "/surveys", {"number": ANNA}))[0] == 409
    assert (await ask(api, "POST", "/surveys", {"number": "1"}))[0] == 409
    _, page = await ask(api, "GET", "/surveys?state=planned")
    assert [each["because"] for each in page["surveys"]] == ["by_hand"]
    assert (await ask(api, "DELETE", f"/surveys/{planned['survey_id']}"))[0] == 204
    assert (await ask(api, "DELETE", f"/surveys/{planned['survey_id']}"))[0] == 409
    assert (await ask(api, "GET", f"/surveys/{planned['survey_id']}"))[1]["ended_for"] == "cancelled"


async def test_what_was_said_is_counted_and_heard_and_each_listening_is_written_down(api: Api, pool: Pool) -> None:
    survey_id = await answered(pool, api.folder)
    for number in range(9):
        await answered(pool, api.folder, 10, f"+38067000000{number}")
    _, summary = await ask(api, "GET", f"/survey-summary?{SPAN}")
    assert (summary["funnel"]["agreed"], summary["nps"]["answers"]) == (10, 10)
    assert (summary["nps"]["score"], summary["nps"]["detractors"]) == (80, 1)
    _, page = await ask(api, "GET", "/surveys?score_to=6")
    assert [each["survey_id"] for each in page["surveys"]] == [survey_id]
    assert page["surveys"][0]["answers"] == [{"question": 1, "seconds": 4.0}]
    async with api.http.get(f"{api.url}/api/v1/surveys/{survey_id}/answers/1/audio") as sound:
        assert (sound.status, await sound.read()) == (200, SOUND)
    assert (await ask(api, "GET", f"/surveys/{survey_id}/answers/2/audio"))[0] == 404
    assert await pool.fetchval("SELECT by_whom FROM survey_listenings") == "all"


async def test_lists_are_cut_into_pages(api: Api, pool: Pool) -> None:
    ids = [await answered(pool, api.folder, 9, f"+38067000000{number}") for number in range(3)]
    _, first = await ask(api, "GET", "/surveys?limit=2")
    _, second = await ask(api, "GET", f"/surveys?limit=2&cursor={first['next_cursor']}")
    assert [each["survey_id"] for page in (first, second) for each in page["surveys"]] == ids[::-1]


async def test_who_is_never_to_be_asked_is_not(api: Api) -> None:
    path = f"/customers/{ANNA}/survey-refusal"
    assert (await ask(api, "GET", path))[0] == 404
    assert (await ask(api, "PUT", path))[0] == 204
    assert (await ask(api, "GET", path))[1]["by_whom"] == "all"
    assert (await ask(api, "POST", "/surveys", {"number": ANNA}))[0] == 409
    assert (await ask(api, "DELETE", path))[0] == 204
    assert (await ask(api, "POST", "/surveys", {"number": ANNA}))[0] == 201


async def test_a_key_without_the_scope_sees_nothing(api: Api) -> None:
    other = await api.key(*(scope for scope in Scope if scope is not Scope.SURVEYS))
    assert (await ask(api, "GET", "/surveys", key=other))[0] == 403


async def test_an_erasure_leaves_nothing_of_the_customer(api: Api, pool: Pool) -> None:
    await answered(pool, api.folder)
    await ask(api, "PUT", f"/customers/{ANNA}/survey-refusal")
    _, known = await ask(api, "POST", "/privacy/export", {"number": ANNA})
    assert (len(known["surveys"]), len(known["survey_answers"]), len(known["survey_refusals"])) == (1, 1, 1)
    code, done = await ask(api, "POST", "/privacy/erase", {"number": ANNA, "reason": "asked for"})
    assert (code, done["messages_left"]) == (200, [])
    for table in ("surveys", "survey_answers", "survey_refusals"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - our own words
    assert not list((api.folder.parent / "pbx").iterdir())


async def test_a_low_score_opens_a_case_and_a_high_one_does_not(pool: Pool) -> None:
    bridge = Bridge(BridgeContext(pool, now, "UA", ZoneInfo("Europe/Kyiv"), "1"), {})
    for survey_id, score, customer in ((1, 6, ANNA), (2, 7, "+380670000001")):
        over = SurveyOver(
            survey_id=survey_id,
            customer=customer,
            name="",
            did="",
            because="sale",
            at=now(),
            end="finished",
            call_id=CallId("pbx:1"),
            consented=True,
            score=score,
            answers=(),
            person_wanted=False,
            request_id=None,
        )
        async with pool.acquire() as connection, connection.transaction():
            await bridge.survey_hook(connection, over)
    [case] = await pool.fetch("SELECT customer FROM cases")
    assert case["customer"] == ANNA


async def test_a_result_that_is_a_sale_plans_a_survey(pool: Pool, tmp_path: Path) -> None:
    sold = call(1)
    await write(pool, [sold])
    zone = ZoneInfo("Europe/Kyiv")
    bridge = Bridge(BridgeContext(pool, now, "UA", zone, "1", money=MoneySettings(sold_codes=("sold",))), {})
    bridge.application(rooms(pool, tmp_path, FakePbx(), Tapes()))
    notes = Notes(pool, bridge.note_hook)
    for code in ("wrong-number", "sold", "sold"):
        await notes.result(sold.call_id, code, "ivan", now())
    [planned] = await pool.fetch("SELECT customer, because FROM surveys")
    assert tuple(planned) == (ANNA, "sale")
