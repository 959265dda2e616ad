"""Reviews on a real ledger: what is picked, who holds it, what a card is worth, who sees it, what an erasure leaves."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crm_bridge.api.values.keys import Scope
from crm_bridge.people.access import UserRole
from crm_bridge.reviews.default_card import DEFAULT_CARD
from crm_bridge.reviews.keeper import ReviewKeeper
from crm_bridge.reviews.lifecycle import LEASE
from crm_bridge.reviews.model import Judge
from crm_bridge.reviews.orders import FilledCard, ReviewOrders
from crm_bridge.reviews.selection import Drawable, draw
from crm_bridge.reviews.store import ledger_hook
from telephony.events import CallEnded, CallMerged
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.test_api_calls import START, call, write
from tests.integration.crm_bridge.things import ask, keep_recording, manager

ANSWERS = {question.question_id: 1 for question in DEFAULT_CARD.questions()} | {"fatal_rude": 0, "fatal_promise": 0}
CARD = {"version": 1, "answers": ANSWERS, "best": "Нашёл нужное за минуту", "improve": "Спросить бюджет"}
KYIV = ZoneInfo("Europe/Kyiv")


async def heard(pool: Pool, *numbers: int, customer: str = "0671234567") -> None:
    """Calls that ended, each with what the ledger's hook makes of it."""
    for number in numbers:
        one = call(number, customer=customer)
        await write(pool, [one])
        async with pool.acquire() as tx, tx.transaction():
            await ledger_hook(tx, CallEnded(one, START), first_calls=True)


async def scored(api: Api) -> int:
    """The next review, scored; gives its number."""
    _, found = await ask(api, "POST", "/review-queue/next")
    number: int = found["review"]["review_id"]
    code, worth = await ask(api, "POST", f"/reviews/{number}/score", CARD)
    assert (code, worth) == (201, {"score": "70.42", "fatal": False})
    return number


async def listed(api: Api, query: str = "") -> list[Any]:
    code, page = await ask(api, "GET", f"/reviews?{query}")
    assert code == 200, page
    found: list[Any] = page["reviews"]
    return found


async def test_a_customers_first_talk_is_to_be_heard_and_no_later_one(api: Api, pool: Pool) -> None:
    await heard(pool, 1, 2)
    await heard(pool, 3, customer="0501112233")
    assert [(each["call_id"], each["why"], each["state"]) for each in await listed(api)] == [
        ("pbx:1763.3", "first_call", "open"),
        ("pbx:1763.1", "first_call", "open"),
    ]
    async with pool.acquire() as tx, tx.transaction():
        await ledger_hook(tx, CallMerged(call(2), START, call(1).call_id), first_calls=True)
    assert {each["call_id"] for each in await listed(api)} == {"pbx:1763.3", "pbx:1763.2"}


async def test_a_claim_keeps_others_away_until_its_lease_is_over(api: Api, pool: Pool) -> None:
    await heard(pool, 1)
    orders, olha, ivan = ReviewOrders(pool), Judge("user:olha", "Olha"), Judge("user:ivan", "Ivan", "101")
    at = datetime.now(UTC)
    assert await orders.take_next(ivan, at) is None, "nobody scores their own calls"
    review = await orders.take_next(olha, at)
    assert review is not None
    assert await orders.take_next(olha, at) == review, "who holds one goes on with it"
    assert (await ask(api, "POST", "/review-queue/next"))[1] == {"review": None}
    assert (await ask(api, "POST", f"/reviews/{review}/claim"))[0] == 409
    assert (await ask(api, "POST", f"/reviews/{review}/score", CARD))[0] == 409
    await orders.keep_draft(review, {"greeting": "1"}, olha, at - LEASE - timedelta(seconds=1))
    code, taken = await ask(api, "POST", f"/reviews/{review}/claim")
    assert (code, taken["claimed_by"]) == (200, "all")
    assert await pool.fetchval("SELECT draft FROM review_items") is None, "another's draft is not mine"


async def test_a_card_is_never_changed_but_superseded_disputed_and_settled(api: Api, pool: Pool) -> None:
    await manager(pool)
    await heard(pool, 1)
    review = await scored(api)
    better = CARD | {"answers": ANSWERS | {"greeting": 0}, "improve": ""}
    assert (await ask(api, "POST", f"/reviews/{review}/corrections", better))[0] == 201
    assert (await ask(api, "POST", f"/reviews/{review}/corrections", better | {"version": 7}))[0] == 409
    assert (await ask(api, "POST", f"/reviews/{review}/corrections", CARD | {"answers": {}}))[0] == 409
    async with api.signed_in(UserRole.MANAGER, "ivan") as browser:
        async with browser.get(f"/api/v1/reviews/{review}") as answer:
            seen = await answer.json()
        async with browser.post(f"/api/v1/reviews/{review}/dispute", json={"text": "Я назвался!"}) as answer:
            assert answer.status == 200, await answer.text()
        async with browser.post(f"/api/v1/reviews/{review}/settle", json={"answer": "ok"}) as answer:
            assert answer.status == 403
    assert [(card["score"], card["supersedes"] is None) for card in seen["cards"]] == [
        ("62.92", False),
        ("70.42", True),
    ]
    assert (seen["score"], seen["state"], seen["cards"][0]["seen_at"] is not None) == ("62.92", "scored", True)
    code, settled = await ask(api, "POST", f"/reviews/{review}/settle", {"answer": "Услышал, исправлю"})
    assert (code, settled["state"], settled["disputes"][0]["text"]) == (200, "settled", "Я назвался!")
    assert (await ask(api, "POST", f"/reviews/{review}/dispute", {"text": "x"}))[0] == 409


async def test_a_manager_sees_own_cards_only_and_asks_for_own_calls_only(api: Api, pool: Pool) -> None:
    await manager(pool)
    await manager(pool, "petro", "PJSIP/103")
    await heard(pool, 1)
    async with api.signed_in(UserRole.MANAGER, "ivan") as ivan, api.signed_in(UserRole.MANAGER, "petro") as petro:
        async with ivan.get("/api/v1/reviews") as answer:
            assert (await answer.json())["reviews"] == [], "what nobody heard is not shown"
        review = await scored(api)
        for browser, own in ((ivan, True), (petro, False)):
            async with browser.get("/api/v1/reviews") as answer:
                assert len((await answer.json())["reviews"]) == own
            async with browser.get(f"/api/v1/reviews/{review}") as answer:
                assert answer.status == (200 if own else 404)
            async with browser.post("/api/v1/reviews", json={"call_id": "pbx:1763.1"}) as answer:
                assert answer.status == (201 if own else 404)
            for path in ("review-queue/next", f"reviews/{review}/claim", f"reviews/{review}/corrections"):
                async with browser.post(f"/api/v1/{path}", json=CARD) as answer:
                    assert answer.status in {403, 404}, path


async def test_a_week_is_drawn_once_it_is_over_as_anybody_can_work_out(api: Api, pool: Pool) -> None:
    monday = date(2026, 11, 16)
    await write(pool, [call(number) for number in range(1, 9)])
    await pool.execute("UPDATE calls SET talk = interval '40 s'")
    for number in range(1, 8):
        await keep_recording(pool, api.folder, f"pbx:1763.{number}", START, f"call-{number}.mp3")
    await pool.execute("UPDATE calls SET talk = interval '12 s' WHERE call_id = 'pbx:1763.1'")
    await ask(api, "POST", "/reviews", {"call_id": "pbx:1763.2", "wanted": "слышно?"})
    clock = [datetime(2026, 11, 22, 23, 30, tzinfo=KYIV)]
    keeper = ReviewKeeper(pool, lambda: clock[0], KYIV, each=4, keep=timedelta(days=3000))
    while await keeper.work():
        pass
    _, weeks = await ask(api, "GET", "/review-weeks")
    assert weeks["weeks"][0] | {"seed_sha256": ""} == {
        "week": "2026-11-16", "seed": None, "seed_sha256": "", "each": 0, "calls": 0, "drawn_at": None
    }  # fmt: skip
    clock[0] += timedelta(hours=2)
    while await keeper.work():
        pass
    _, after = await ask(api, "GET", "/review-weeks")
    week = next(each for each in after["weeks"] if each["week"] == "2026-11-16")
    assert week["seed_sha256"] == weeks["weeks"][0]["seed_sha256"]
    assert week["calls"] == 6, "one was too short, one has no recording"
    by_hand = draw(
        monday,
        bytes.fromhex(week["seed"]),
        [Drawable(f"pbx:1763.{number}", "pbx 101", "inbound") for number in range(2, 8)],
        4,
    )
    drawn = await listed(api, "drawn=true")
    assert {each["call_id"] for each in drawn} == {it.call.call_id for it in by_hand}
    assert len(await listed(api)) == len({"pbx:1763.2", *(it.call.call_id for it in by_hand)}), "heard once"
    await pool.execute("UPDATE review_items SET made_at = started_at")
    clock[0] += timedelta(days=3001)
    await keeper.work()
    assert {(each["state"], each["skipped_for"]) for each in await listed(api)} == {("skipped", "stale")}


async def test_people_who_score_blind_see_no_others_card_until_it_is_over(api: Api, pool: Pool) -> None:
    await heard(pool, 1)
    review = await scored(api)
    other = await api.key(Scope.REVIEWS, Scope.REVIEWS_SCORE)
    path = f"/reviews/{review}/calibration"
    assert (await ask(api, "POST", path))[0] == 200
    assert (await ask(api, "POST", path))[0] == 409
    assert (await ask(api, "POST", f"{path}/cards", CARD))[0] == 201
    assert (await ask(api, "POST", f"{path}/cards", CARD))[0] == 409
    _, seen = await ask(api, "GET", f"/reviews/{review}", key=other)
    assert seen["calibration"]["cards"] == []
    assert (await ask(api, "POST", f"{path}/cards", CARD | {"answers": ANSWERS | {"kind": 5}}, other))[0] == 201
    code, closed = await ask(api, "POST", f"{path}/close")
    assert (code, len(closed["calibration"]["cards"])) == (200, 2)
    assert Decimal(0) < Decimal(closed["calibration"]["alpha"]) < 1
    assert closed["score"] == "70.42", "blind cards count nowhere"


async def test_a_new_form_is_a_new_version_and_old_cards_keep_theirs(api: Api, pool: Pool) -> None:
    await heard(pool, 1)
    review = await scored(api)
    _, form = await ask(api, "GET", "/review-form")
    shorter = {**form["card"], "fatal": []}
    assert (await ask(api, "PUT", "/review-form", {"card": shorter}))[1]["version"] == 2
    assert (await ask(api, "PUT", "/review-form", {"card": {"sections": []}}))[0] == 422
    assert (await ask(api, "POST", f"/reviews/{review}/corrections", CARD))[0] == 409
    assert (await listed(api))[0]["score"] == "70.42"


async def test_each_score_is_told_in_its_own_transaction(pool: Pool) -> None:
    await heard(pool, 1)
    told: list[tuple[str, Any]] = []

    async def tell(_: Any, call_id: str, published: Any) -> None:  # noqa: ANN401 - as the bridge is given it
        told.append((call_id, published))

    orders, olha, at = ReviewOrders(pool, tell), Judge("user:olha", "Olha"), datetime.now(UTC)
    review = await orders.take_next(olha, at)
    assert review is not None
    await orders.score(review, FilledCard(1, ANSWERS), olha, at)
    await orders.correct(review, FilledCard(1, ANSWERS | {"fatal_rude": 1}), olha, at)
    assert [(call_id, kind, body["review"]["score"], body["review"]["corrects"]) for call_id, (kind, body) in told] == [
        ("pbx:1763.1", "review.scored", "70.42", False),
        ("pbx:1763.1", "review.scored", "0.00", True),
    ]


async def test_an_erasure_leaves_points_and_no_word(api: Api, pool: Pool) -> None:
    await manager(pool)
    await heard(pool, 1)
    review = await scored(api)
    await ask(api, "POST", f"/reviews/{review}/dispute", {"text": "Олена сама сказала"})
    await ask(api, "POST", f"/reviews/{review}/settle", {"answer": "Олена права"})
    await heard(pool, 2)
    await ask(api, "POST", "/reviews", {"call_id": "pbx:1763.2", "wanted": "что хотела Олена"})
    code, known = await ask(api, "POST", "/privacy/export", {"number": "0671234567"})
    assert (code, len(known["reviews"])) == (200, 2)
    assert (await ask(api, "POST", "/privacy/erase", {"number": "0671234567", "reason": "asked"}))[0] == 200
    left = await pool.fetch(
        "SELECT * FROM review_items i LEFT JOIN review_scores s USING (review_id)"
        " LEFT JOIN review_disputes d USING (review_id)"
    )
    assert [(row["call_id"], row["score"]) for row in left] == [("pbx:1763.1", Decimal("70.42"))]
    words = ("Олена", "бюджет", "минуту", "0671234567", "380671234567")
    assert [word for word in words if word in str([dict(row) for row in left])] == []


async def test_the_average_is_that_of_the_drawn_calls_that_its_list_shows(api: Api, pool: Pool) -> None:
    await heard(pool, 1)
    await heard(pool, 2, customer="0501112233")
    await scored(api)
    await scored(api)
    await pool.execute("INSERT INTO review_weeks (week, seed, made_at) VALUES ('2026-11-16', 'x', now())")
    await pool.execute("UPDATE review_items SET week = '2026-11-16' WHERE call_id = 'pbx:1763.1'")
    await pool.execute(
        "UPDATE review_scores s SET score = 10 FROM review_items i WHERE i.review_id = s.review_id AND i.week IS NULL"
    )
    code, report = await ask(api, "GET", "/reports/reviews?since=2026-11-01&until=2026-11-30")
    assert code == 200, report
    for table in report["tables"]:
        cells = {cell["figure"]: cell for cell in table["lines"][0]["cells"]}
        assert (cells["review_average"]["value"], cells["reviewed"]["value"]) == (70.4, 2)
        for name in ("reviewed", "reviewed_drawn", "reviewed_fatal", "reviewed_disputed"):
            _, page = await ask(api, "GET", cells[name]["rows"].removeprefix("/api/v1"))
            assert len(page["reviews"]) == cells[name]["value"], name


async def test_the_last_talk_with_an_unhappy_customer_goes_first(api: Api, pool: Pool) -> None:
    await write(pool, [call(1), call(2), call(3, customer="0501112233")])
    await ask(api, "POST", "/reviews", {"call_id": "pbx:1763.2", "wanted": "?"})
    await pool.execute(
        "INSERT INTO cases (customer, name, owner, state, opened_at) VALUES ('+380671234567', '', '', 'new', $1)",
        START + timedelta(hours=1),
    )
    keeper = ReviewKeeper(pool, lambda: START + timedelta(hours=2), KYIV, each=0, keep=timedelta(days=3000))
    for _ in range(2):
        await keeper.work()
        assert [(each["call_id"], each["why"]) for each in await listed(api)] == [("pbx:1763.2", "unhappy")]
