"""Amounts with results, new customers and money at risk over the API: each number is the length of its list."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from crm_bridge.console_settings import MoneySettings
from crm_bridge.figures.composer import ReportComposer
from crm_bridge.figures.reports import ReportName
from crm_bridge.figures.rollups import RollupKeeper
from crm_bridge.figures.spans import DaySpan
from crm_bridge.money.reader import MoneyReader
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api, now
from tests.integration.crm_bridge.figures.ledger import write_call
from tests.integration.crm_bridge.test_api_calls import call, write
from tests.integration.crm_bridge.things import ask

KYIV = ZoneInfo("Europe/Kyiv")


async def talk(pool: Pool, place: int, days_ago: float, *, answered: bool = True) -> str:
    """A call of customer number ``place``."""
    call_id = f"pbx:{place}.{days_ago:g}"
    made = {
        "direction": "inbound", "kind": "ordinary", "disposition": "answered" if answered else "missed", "did": "",
        "queue": "", "missed_reason": None if answered else "no_answer", "manager": "101" if answered else "",
        "started_at": now() - timedelta(days=days_ago), "wait": 5, "talk": 30,
    }  # fmt: skip
    await write_call(pool, call_id, made)
    await pool.execute("UPDATE calls SET customer = $2 WHERE call_id = $1", call_id, f"+38067000{place:04}")
    return call_id


async def sums(pool: Pool) -> None:
    keeper = RollupKeeper(pool, now, KYIV)
    while await keeper.work():
        pass


async def test_an_amount_stands_with_a_result_to_the_cent_and_is_never_a_float(api: Api, pool: Pool) -> None:
    await write(pool, [call(1)])
    path = "/calls/pbx:1763.1"
    for wrong in (1299.5, 1299, "1299.505", "-1", "1e3", "01", "1,5", ""):
        assert (await ask(api, "PUT", f"{path}/result", {"code": "sold", "amount": wrong}))[0] == 422, wrong
    for right in ("0.07", "999999999999.99", "1299.50"):
        assert (await ask(api, "PUT", f"{path}/result", {"code": "sold", "amount": right}))[0] == 204
        _, whole = await ask(api, "GET", path)
        assert whole["result"]["amount"] == right


async def test_new_customers_are_counted_by_the_lists_that_they_lead_to(api: Api, pool: Pool) -> None:
    for place, days in enumerate((80, 60, 50, 40, 2)):
        await talk(pool, place, days)
    await talk(pool, 0, 70)  # again within a month
    await talk(pool, 1, 20)  # again, and later
    await talk(pool, 2, 49.5, answered=False)
    sold = await talk(pool, 3, 30)
    await ask(api, "PUT", f"/calls/{sold}/result", {"code": "sold", "amount": "100.00"})
    late = await talk(pool, 0, 10)  # more than sixty days after the first talk
    await ask(api, "PUT", f"/calls/{late}/result", {"code": "sold", "amount": "100.00"})
    await sums(pool)
    today = now().astimezone(KYIV).date()
    span = DaySpan(today - timedelta(days=90), today)
    report = await ReportComposer(pool, KYIV, now, ["sold"]).compose(ReportName.NEWCOMERS, span)
    cells = {cell.figure: cell for cell in report.tables[0].lines[0].cells}
    expected = {"newcomers": 5, "again": 2, "missed": 1, "silent": 2, "won": 1}
    assert {name.removeprefix("newcomers_"): cell.value for name, cell in cells.items()} == expected
    since, until = (each.isoformat().replace("+", "%2B") for each in span.moments(KYIV))
    for name, number in expected.items():
        asked = "" if name == "newcomers" else f"&{name}=true"
        _, page = await ask(api, "GET", f"/newcomers?since={since}&until={until}{asked}&limit=500")
        assert len(page["newcomers"]) == number, name
    _, first = await ask(api, "GET", "/newcomers?limit=2")
    _, rest = await ask(api, "GET", f"/newcomers?limit=10&cursor={first['next_cursor']}")
    assert [one["customer"][-1] for one in (*first["newcomers"], *rest["newcomers"])] == list("43210")
    assert [one["amount"] for one in first["newcomers"] if one["won_at"]] == ["100.00"]


async def test_money_at_risk_is_learned_from_half_a_year_and_assumed_where_little_is_known(
    api: Api, pool: Pool
) -> None:
    for place in range(40):
        await talk(pool, place, 120 + place % 20)
        if place < 25:
            sold = await talk(pool, place, 100)
            await ask(api, "PUT", f"/calls/{sold}/result", {"code": "sale", "amount": f"{1000 + place}.50"})
    await sums(pool)
    for place in range(3):
        missed_at = now() - timedelta(hours=2)
        request = await pool.fetchval(
            "INSERT INTO callback_requests (pbx, customer, heard_number, name, did, trunk, state, waits_for, misses,"
            " first_missed_at, last_missed_at, last_call_id, due_at, round_began_at, closed_at, closed_for, closed_by)"
            " VALUES ('pbx', $1, '', '', '', '', 'discarded', '', 1, $2, $2, 'x', $2, $2, $2, 'attempts_spent', '')"
            " RETURNING request_id", f"+38050000{place}", missed_at,
        )  # fmt: skip
        await pool.execute(
            "INSERT INTO callback_facts (request_id, day, hour, did, fate, target, why_not, misses, closed_for,"
            " closed_at, calendar) VALUES ($1, $2, 12, '', 'lost', 'missed', '', 1, 'attempts_spent', $3, '')",
            request, missed_at.date(), missed_at,
        )  # fmt: skip
    today = now().astimezone(KYIV).date()
    code, money = await ask(api, "GET", f"/money?since={today - timedelta(days=1)}&until={today}")
    assert code == 200
    assert (money["lost"], money["first"], money["won"], money["orders"]) == (3, 40, 25, 25)
    assert money["conversion"] == {"value": "0.6220", "assumed": False}
    assert money["average_order"] == {"value": "1012.50", "assumed": False}
    assert money["at_risk"]["value"] == "1900"
    assert Decimal(money["at_risk"]["low"]) < 1900 < Decimal(money["at_risk"]["high"])
    since, until = (f"{money[f'learned_{end}']}T00:00:00%2B02:00" for end in ("since", "until"))
    _, page = await ask(api, "GET", f"/newcomers?since={since}&until={until}&won=true&limit=500")
    assert len(page["newcomers"]) == money["won"]
    await pool.execute("DELETE FROM call_results WHERE amount > 1010")
    believed = MoneySettings(
        average_order=Decimal(2000), average_order_low=Decimal(1000), average_order_high=Decimal(3000)
    )
    span = DaySpan(today - timedelta(days=1), today)
    thin = await MoneyReader(pool, KYIV, believed).report(span, today)
    assert thin.order is not None
    assert thin.order.assumed
    nothing = await MoneyReader(pool, KYIV, MoneySettings()).report(span, today)
    assert nothing.at_risk is None
