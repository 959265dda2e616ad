"""Reports over the API: each number's address lists as many rows; a figure says what it is in three languages."""

from datetime import UTC, datetime, timedelta

from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.figures.ledger import write_call
from tests.integration.crm_bridge.things import ask

DAY = datetime(2026, 11, 3, 9, tzinfo=UTC)


async def test_each_number_of_a_report_has_the_address_of_its_rows(api: Api, pool: Pool) -> None:
    for number in range(12):
        answered = number % 3 != 0
        call = {
            "direction": "inbound",
            "kind": "ordinary",
            "disposition": "answered" if answered else "missed",
            "missed_reason": None if answered else "no_answer",
            "did": "+380440000001",
            "queue": "",
            "manager": "101" if answered else "",
            "started_at": DAY + timedelta(hours=number),
            "wait": number,
            "talk": 30,
        }
        await write_call(pool, f"pbx:{number}.1", call)
    code, report = await ask(api, "GET", "/reports/answering?since=2026-11-03&until=2026-11-03")
    assert code == 200, report
    cells = [cell for table in report["tables"] for line in table["lines"] for cell in line["cells"]]
    asked = [cell for cell in cells if cell["rows"] and cell["unit"] == "count"]
    assert len(asked) > 20
    assert {cell["value"] for cell in asked if cell["figure"] == "missed"} >= {4.0}
    for cell in asked:
        code, listed = await ask(api, "GET", cell["rows"].removeprefix("/api/v1") + "&limit=100")
        assert code == 200, cell
        assert len(listed["calls"]) == cell["value"], cell


async def test_a_figure_says_what_it_is(api: Api) -> None:
    code, body = await ask(api, "GET", "/figures")
    assert code == 200
    [level] = [each for each in body["figures"] if each["name"] == "service_level"]
    assert level["part"] == "within_20"
    assert set(level["definition"]) == {"en", "ru", "uk"}


async def test_what_is_no_report_and_no_span_is_refused(api: Api) -> None:
    for path, expected in (
        ("/reports/none?since=2026-11-03&until=2026-11-03", 422),
        ("/reports/summary?since=2026-11-03", 422),
        ("/reports/summary?since=2026-11-03&until=2026-11-02", 422),
        ("/reports/summary?since=0001-01-01&until=9999-12-31", 422),
        ("/reports/summary?since=9999-12-31&until=9999-12-31", 422),
    ):
        code, body = await ask(api, "GET", path)
        assert code == expected, (path, body)
