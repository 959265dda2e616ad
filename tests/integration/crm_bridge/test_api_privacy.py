"""By number: everything given, everything forgotten, or held; and what statistics still count afterwards."""

import pytest
from prometheus_client import CollectorRegistry

from crm_bridge.outbox.store import OutboxStore, TargetRow, enqueue
from telephony.postgres.pool import Pool
from telephony.recording.alarms import RecordingMetrics
from telephony.recording.retention import Retention
from telephony.settings import RecordingSettings, SharedFolder
from tests.integration.crm_bridge.conftest import Api, now
from tests.integration.crm_bridge.test_api_calls import START, call, write
from tests.integration.crm_bridge.things import ask, keep_recording

CUSTOMER = "+380671234567"
CALL = "pbx:1763.1"
_ADOPTED = "UPDATE recordings SET adopted = true, original_gone = false, pbx_path = $1"
_EVERYWHERE = """
SELECT string_agg(t::text, ' ') FROM (
    SELECT calls::text AS t FROM calls UNION ALL SELECT legs::text FROM legs UNION ALL
    SELECT call_events::text FROM call_events UNION ALL SELECT recordings.pbx_path FROM recordings UNION ALL
    SELECT callback_requests::text FROM callback_requests UNION ALL SELECT customers::text FROM customers UNION ALL
    SELECT callback_misses::text FROM callback_misses UNION ALL SELECT call_comments::text FROM call_comments UNION ALL
    SELECT outbox_deliveries::text FROM outbox_deliveries UNION ALL
    SELECT outbox_messages::text FROM outbox_messages UNION ALL
    SELECT cases::text FROM cases UNION ALL SELECT case_reasons::text FROM case_reasons UNION ALL
    SELECT case_history::text FROM case_history UNION ALL SELECT nudges::text FROM nudges UNION ALL
    SELECT first_talks::text FROM first_talks UNION ALL
    SELECT crm_erasures::text FROM crm_erasures UNION ALL
    SELECT crm_links::text FROM crm_links UNION ALL SELECT privacy_log::text FROM privacy_log) everything
"""


async def live_a_life(api: Api, pool: Pool) -> None:
    """A customer with two calls, a recording, a request, a comment, a message told and a link into a CRM."""
    await write(pool, [call(1, name="Олена"), call(2, answered=False), call(3, customer="0501112233", name="Інша")])
    number = await keep_recording(pool, api.folder, CALL, START)
    await pool.execute("UPDATE recordings SET pbx_path = '/monitor/in-0671234567-1.wav' WHERE id = $1", number)
    await ask(api, "PUT", "/customers/0671234567", {"name": "Олена Шевченко"})
    await ask(api, "POST", "/callbacks", {"number": CUSTOMER, "name": "Олена"})
    await ask(api, "POST", f"/calls/{CALL}/comments", {"text": "Олена, 067 123 45 67, просить знижку"})
    await ask(api, "PUT", f"/calls/{CALL}/tags/vip")
    unhappy = {"customer": CUSTOMER, "words": "Олена, 067 123 45 67, чекала годину", "call_id": CALL}
    assert (await ask(api, "POST", "/cases", unhappy))[0] == 201
    await pool.execute("INSERT INTO nudges VALUES ($1, 'thanks', 'done', 'Olena', now())", CUSTOMER)
    await pool.execute("INSERT INTO first_talks VALUES ($1, now(), $2)", CUSTOMER, CALL)
    await OutboxStore(pool).declare([TargetRow("crm")])
    body = {"call": {"customer": CUSTOMER, "caller": {"name": "Олена"}}}
    async with pool.acquire() as connection, connection.transaction():
        await enqueue(connection, ["crm"], key=CALL, kind="call.ended", body=body, at=START)
    (api.folder.parent / "pbx").mkdir()
    (api.folder.parent / "pbx" / "rb-message-1.wav").write_bytes(b"sound")
    await pool.execute(
        "INSERT INTO caller_messages (request_id, call_id, file, left_at) "
        "SELECT request_id, $1, '/pbx/rb-message-1.wav', now() FROM callback_requests",
        CALL,
    )
    await pool.execute("INSERT INTO crm_links VALUES ('odoo', $1, 'contact', '17', now())", CUSTOMER)


async def test_everything_about_a_number_is_given_in_one_answer(api: Api, pool: Pool) -> None:
    await live_a_life(api, pool)
    code, found = await ask(api, "POST", "/privacy/export", {"number": "067 123 45 67"})
    assert code == 200
    assert {section: len(rows) for section, rows in found.items() if section != "number"} == {
        "customer": 1,
        "calls": 2,
        "legs": 3,
        "transfers": 0,
        "recordings": 1,
        "callbacks": 1,
        "callback_history": 1,
        "comments": 1,
        "tags": 1,
        "results": 0,
        "listenings": 0,
        "deeds": 2,
        "reviews": 0,
        "transcripts": 0,
        "caller_messages": 1,
        "cases": 1,
        "case_reasons": 1,
        "case_history": 1,
        "nudges": 1,
        "surveys": 0,
        "survey_answers": 0,
        "survey_refusals": 0,
        "messages": 1,
        "crm_links": 1,
    }
    _, log = await ask(api, "GET", "/privacy/log")
    assert [(line["action"], line["by_whom"], line["calls"]) for line in log["log"]] == [("export", "all", 2)]


async def test_an_erased_number_is_nowhere_and_still_counts(api: Api, pool: Pool) -> None:
    await live_a_life(api, pool)
    code, done = await ask(api, "POST", "/privacy/erase", {"number": "0671234567", "reason": "a letter"})
    assert code == 200
    assert (done["calls"], done["recordings"], done["callbacks"], done["still_not_called"]) == (2, 2, 1, False)
    assert done["messages_left"] == []
    assert not list((api.folder.parent / "pbx").iterdir()), "what they left to be heard is gone, too"
    (copy,) = done["crm_copies"]
    assert (copy["crm"], copy["key"], copy["role"], copy["crm_id"]) == ("odoo", "", "contact", "17")
    assert (copy["state"], copy["why"]) == ("kept", "this CRM is not connected any more: see to it by hand")
    left = await pool.fetchval(_EVERYWHERE)
    for trace in ("671234567", "Олена", "067 123"):
        assert trace not in left, trace
    assert not list(api.folder.iterdir()), "the sound is gone"
    [counted] = await pool.fetch(
        "SELECT count(*), count(DISTINCT customer), sum(extract(epoch FROM talk))::int FROM calls"
    )
    assert tuple(counted) == (3, 2, 50), "as many calls, people and seconds as before"
    assert await pool.fetchval("SELECT state FROM callback_requests") == "cancelled"
    [(state, reason)] = await pool.fetch("SELECT state, reason FROM outbox_messages")
    assert (state, reason) == ("dead", "erased")
    message = await pool.fetchval("SELECT id FROM outbox_messages")
    assert (await ask(api, "POST", f"/deliveries/{message}/replay"))[0] == 409
    assert (await ask(api, "GET", "/calls?number=0501112233"))[1]["calls"], "nobody else is touched"


async def test_a_call_whose_hidden_caller_keyed_the_number_in_is_theirs_to_be_told_and_erased(
    api: Api, pool: Pool
) -> None:
    await live_a_life(api, pool)
    hidden = call(4, customer="anonymous", name="", answered=False)
    await write(pool, [hidden])
    sound = await keep_recording(pool, api.folder, hidden.call_id, START)
    await pool.execute(
        "INSERT INTO call_events (call_id, kind, identity, at, number) VALUES ($1, 'number_keyed', '', now(), $2)",
        hidden.call_id,
        CUSTOMER,
    )
    await pool.execute(
        "INSERT INTO callback_misses SELECT $1, request_id, customer, now() FROM callback_requests", hidden.call_id
    )
    _, found = await ask(api, "POST", "/privacy/export", {"number": CUSTOMER})
    assert {name: len(found[name]) for name in ("calls", "recordings")} == {"calls": 3, "recordings": 2}
    _, done = await ask(api, "POST", "/privacy/erase", {"number": "0671234567", "reason": "a letter"})
    assert (done["calls"], done["recordings"]) == (3, 3)
    assert await pool.fetchval("SELECT deleted_at FROM recordings WHERE id = $1", sound) is not None
    left = await pool.fetchval(_EVERYWHERE)
    assert "671234567" not in left


async def test_the_pbxs_own_recording_goes_too(api: Api, pool: Pool) -> None:
    await live_a_life(api, pool)
    await pool.execute(
        "UPDATE recordings SET adopted = true, original_gone = false, pbx_path = '/pbx/out-0671234567-1.wav'"
    )
    original = api.folder.parent / "pbx" / "out-0671234567-1.wav"
    original.write_bytes(b"their voice")
    _, done = await ask(api, "POST", "/privacy/erase", {"number": CUSTOMER, "reason": "a letter"})
    assert not original.exists()
    assert (done["originals_left"], done["recordings"]) == ([], 3)
    assert any("backups" in one for one in done["outside"])


async def test_a_recording_of_the_pbx_that_may_not_be_deleted_is_named_until_it_is_gone(api: Api, pool: Pool) -> None:
    await live_a_life(api, pool)
    path = "/pbx/2026/out-0671234567-1.wav"
    await pool.execute(
        "UPDATE recordings SET adopted = true, original_gone = false, pbx_path = $1, deleted_at = now()", path
    )
    _, done = await ask(api, "POST", "/privacy/erase", {"number": CUSTOMER, "reason": "a letter"})
    (left,) = done["originals_left"]
    assert (left["pbx"], left["path"]) == ("pbx", path), "though its copy was deleted by age before"
    assert "is not there" in left["why"]
    assert "671234567" not in await pool.fetchval(_EVERYWHERE)
    _, told = await ask(api, "GET", f"/privacy/erasures/{done['erasure']}")
    assert told["originals_left"] == [left]
    (api.folder.parent / "pbx" / "2026").mkdir()
    (api.folder.parent / "pbx" / "2026" / "out-0671234567-1.wav").write_bytes(b"their voice")
    settings = RecordingSettings(
        folder=api.folder, shared=(SharedFolder(there="/pbx", here=api.folder.parent / "pbx"),)
    )
    await Retention(pool, settings, RecordingMetrics(CollectorRegistry()), now).tidy()
    assert not list((api.folder.parent / "pbx" / "2026").iterdir())
    _, told = await ask(api, "GET", f"/privacy/erasures/{done['erasure']}")
    assert told["originals_left"] == []


async def test_an_erasure_tells_later_what_became_of_each_copy_in_a_crm(api: Api, pool: Pool) -> None:
    await live_a_life(api, pool)
    _, done = await ask(api, "POST", "/privacy/erase", {"number": CUSTOMER, "reason": "a letter"})
    await pool.execute("INSERT INTO outbox_targets (target) VALUES ('hubspot')")
    for call_id, state, reason in (("pbx:1", "waiting", "not let in: scopes"), ("pbx:2", "dead", "gave up")):
        await pool.execute(
            "INSERT INTO outbox_messages (target, key, kind, body, state, reason, ended_at) "
            "VALUES ('hubspot', $1, 'call.erased', '{}', $2, $3, CASE WHEN $2 = 'dead' THEN now() END)",
            call_id,
            state,
            reason,
        )
        await pool.execute(
            "INSERT INTO crm_erasures (erasure, crm, key, role, crm_id, changed_at) "
            "VALUES ($1, 'hubspot', $2, 'call', 'call:5', now())",
            done["erasure"],
            call_id,
        )
    code, told = await ask(api, "GET", f"/privacy/erasures/{done['erasure']}")
    assert (code, told["by_whom"], told["reason"]) == (200, "all", "a letter")
    assert [(each["role"], each["state"], each["why"]) for each in told["crm_copies"][1:]] == [
        ("call", "pending", "not let in: scopes"),
        ("call", "failed", "gave up"),
    ]
    assert CUSTOMER not in str(told)
    _, log = await ask(api, "GET", "/privacy/log")
    assert log["log"][0]["crm_copies"] == {"kept": 1, "pending": 2}
    assert (await ask(api, "GET", "/privacy/erasures/999"))[0] == 404


async def test_what_was_told_of_a_call_that_another_took_in_is_forgotten_too(api: Api, pool: Pool) -> None:
    await live_a_life(api, pool)
    await pool.execute("INSERT INTO call_merges VALUES ('pbx:1763.0', $1, now())", CALL)
    async with pool.acquire() as connection, connection.transaction():
        body = {"call": {"customer": CUSTOMER}}
        await enqueue(connection, ["crm"], key="pbx:1763.0", kind="call.started", body=body, at=START)
    assert (await ask(api, "POST", "/privacy/erase", {"number": CUSTOMER, "reason": "x"}))[0] == 200
    assert "671234567" not in await pool.fetchval(_EVERYWHERE)


async def test_who_does_not_want_to_be_called_stays_known_for_just_that(api: Api, pool: Pool) -> None:
    await live_a_life(api, pool)
    await ask(api, "PUT", "/do-not-call/0671234567")
    _, done = await ask(api, "POST", "/privacy/erase", {"number": CUSTOMER, "reason": "x"})
    assert done["still_not_called"]
    [row] = await pool.fetch("SELECT number, name, manager_id, do_not_call FROM customers")
    assert tuple(row) == (CUSTOMER, "", None, True)


async def test_a_held_number_is_not_erased_nor_its_recordings_deleted(api: Api, pool: Pool) -> None:
    await live_a_life(api, pool)
    assert (await ask(api, "POST", "/privacy/holds", {"number": CUSTOMER, "reason": "court order 5"}))[0] == 204
    code, problem = await ask(api, "POST", "/privacy/erase", {"number": CUSTOMER, "reason": "x"})
    assert (code, problem["error_id"]) == (409, "legal-hold")
    assert await pool.fetchval("SELECT held FROM recorded_calls")
    assert [path.name for path in api.folder.iterdir()] == ["call-1.mp3"]
    assert await pool.fetchval("SELECT state FROM callback_requests") == "waiting", "nothing was changed"
    assert [each["reason"] for each in (await ask(api, "GET", "/privacy/holds"))[1]["holds"]] == ["court order 5"]
    assert (await ask(api, "DELETE", "/privacy/holds/0671234567"))[0] == 204
    assert (await ask(api, "POST", "/privacy/erase", {"number": CUSTOMER, "reason": "x"}))[0] == 200


async def test_a_number_in_a_call_or_in_work_is_erased_later(api: Api, pool: Pool) -> None:
    await live_a_life(api, pool)
    await pool.execute("UPDATE recorded_calls SET stage = 'kept'")
    async with api.http.post("/api/v1/privacy/erase", json={"number": CUSTOMER, "reason": "x"}) as response:
        assert (response.status, (await response.json())["error_id"]) == (503, "not-over-yet")
        assert response.headers["Retry-After"]
    assert [path.name for path in api.folder.iterdir()] == ["call-1.mp3"]


@pytest.mark.parametrize("number", ["", "anonymous", "erased-1", "x" * 41, "+", "'; DROP TABLE calls --"])
async def test_no_number_erases_nothing(api: Api, pool: Pool, number: str) -> None:
    await write(pool, [call(1), call(2, customer="")])
    code, _ = await ask(api, "POST", "/privacy/erase", {"number": number, "reason": "x"})
    assert code in {409, 422}
    assert await pool.fetchval("SELECT count(*) FROM calls WHERE caller_name <> ''") == 2
