"""The pages of who keeps things in order, over HTTP: calendar, health, settings, deliveries, users, keys."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import aiohttp

from telephony.postgres.pool import Pool

PAGES = ("calendar", "health", "settings", "deliveries", "users", "keys", "audit")


async def page(site: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with site.get(f"/console/{path}") as answer:
        assert answer.status == status, path
        return await answer.text()


async def posted(site: aiohttp.ClientSession, path: str, status: int = 200, /, **form: str) -> str:
    async with site.post(f"/console/{path}", data=form) as answer:
        assert answer.status == status, (path, form)
        return await answer.text()


async def test_each_page_is_shown(site: aiohttp.ClientSession) -> None:
    for name in PAGES:
        assert "<h1>" in await page(site, name)


async def test_a_day_is_closed_and_given_back_and_wrong_hours_are_refused(
    site: aiohttp.ClientSession, pool: Pool
) -> None:
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    shown = await posted(site, f"calendar/{day}", closed="yes", note="<b>учёт</b>")
    assert "&lt;b&gt;учёт&lt;/b&gt;" in shown
    (kept,) = await pool.fetch("SELECT day, hours, by_whom FROM calendar_days")
    assert (kept["day"], kept["hours"], kept["by_whom"]) == (day, "", "Олена Шевченко")
    await posted(site, f"calendar/{day}", hours="10:00 - 14:00")
    assert await pool.fetchval("SELECT hours FROM calendar_days") == "10:00-14:00"
    for wrong in ("25:00-26:00", "ten to two", "10:00-14:00; off", ""):
        assert 'role="alert"' in await posted(site, f"calendar/{day}", 422, hours=wrong)
    assert await pool.fetchval("SELECT hours FROM calendar_days") == "10:00-14:00"
    await posted(site, f"calendar/{day}/take-back")
    assert await pool.fetchval("SELECT count(*) FROM calendar_days") == 0
    for strange in ("2026-02-30", "x", "9999-12-31", "0001-01-01"):
        async with site.get(f"/console/calendar/{strange}") as answer:
            assert answer.status in {400, 404}


async def test_what_is_not_well_is_first_and_settings_have_no_secret(site: aiohttp.ClientSession) -> None:
    health = await page(site, "health")
    assert health.index("not connected for 12 s") < health.index("18.6, 4 connections")
    settings = await page(site, "settings?q=pbx")
    assert "pbx.0.secret" in settings
    assert "••••" in settings
    assert "http.port" not in settings


async def test_a_dead_message_gets_a_new_life_and_a_target_a_pause(site: aiohttp.ClientSession, pool: Pool) -> None:
    await pool.execute("INSERT INTO outbox_targets (target) VALUES ('shop')")
    number = await pool.fetchval(
        "INSERT INTO outbox_messages (target, key, kind, body, state, attempts, created_at, due_at, ended_at, reason)"
        " VALUES ('shop', 'k', 'call.ended', '{\"name\": \"<script>\"}', 'dead', 9, now(), now(), now(), '<b>no</b>')"
        " RETURNING id"
    )
    shown = await page(site, "deliveries?target=shop&state=dead")
    assert "&lt;b&gt;no&lt;/b&gt;" in shown
    assert "<script>" not in (await page(site, f"deliveries/{number}")).split("<pre")[1]
    await posted(site, f"deliveries/{number}/replay")
    assert await pool.fetchval("SELECT state FROM outbox_messages") == "waiting"
    await posted(site, f"deliveries/{number}/replay", 409)
    await posted(site, "deliveries/pause", 200, target="shop", **{"for": "hour"}, back="/console/deliveries")
    assert await pool.fetchval("SELECT paused_until > now() FROM outbox_targets")
    await posted(site, "deliveries/pause", target="shop", back="/console/deliveries")
    assert await pool.fetchval("SELECT paused_until IS NULL FROM outbox_targets")
    await posted(site, "deliveries/pause", 404, target="nobody")
    await page(site, "deliveries/999999", 404)


async def test_a_user_gets_a_link_that_is_shown_once_and_is_locked_out_and_in(
    site: aiohttp.ClientSession, pool: Pool
) -> None:
    shown = await posted(site, "users", user_id="Petro", name="Петро", role="head", language="uk")
    link = re.search(r'value="(http://[^"]+/console/invitation/[^"]+)"', shown)
    assert link
    assert link[1] not in await page(site, "users")
    assert 'role="alert"' in await posted(site, "users", 422, user_id="petro", role="head")
    assert 'role="alert"' in await posted(site, "users", 422, user_id="anna", role="manager")
    await posted(site, "users", 400, user_id="anna", role="king")
    await posted(site, "users/petro/disable")
    assert await pool.fetchval("SELECT disabled_at IS NOT NULL FROM users WHERE user_id = 'petro'")
    await posted(site, "users/petro/enable")
    again = await posted(site, "users/petro/invite")
    assert "/console/invitation/" in again


async def test_a_key_is_shown_once_and_ends_when_it_is_revoked(site: aiohttp.ClientSession, pool: Pool) -> None:
    shown = await posted(site, "keys", 200, name="shop", life="30", **{"scope.calls:read": "yes"})
    made = re.search(r"rbk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", shown)
    assert made
    assert made[0] not in await page(site, "keys")
    (kept,) = await pool.fetch("SELECT key_id, scopes, expires_at FROM api_keys WHERE name = 'shop'")
    assert kept["scopes"] == ["calls:read"]
    assert kept["expires_at"] is not None
    assert 'role="alert"' in await posted(site, "keys", 422, name="shop")
    await posted(site, f"keys/{kept['key_id']}/revoke")
    assert await pool.fetchval("SELECT revoked_at IS NOT NULL FROM api_keys WHERE name = 'shop'")
    await posted(site, f"keys/{kept['key_id']}/revoke", 404)


async def test_the_journal_has_what_people_did_newest_first_and_in_pages(
    site: aiohttp.ClientSession, pool: Pool
) -> None:
    day = (datetime.now(UTC) + timedelta(days=41)).date()
    await posted(site, f"calendar/{day}", closed="yes")
    call_id = await pool.fetchval("SELECT call_id FROM calls WHERE disposition = 'answered' LIMIT 1")
    await posted(site, f"calls/{call_id}/comment", text="x", back=f"/console/calls/{call_id}")
    journal = await page(site, "audit")
    assert 0 < journal.index(f"/console/calls/{quote(call_id)}") < journal.index(f"/console/calendar/{day}")
    await pool.execute(
        "INSERT INTO call_comments (call_id, at, author, text) SELECT $1, now() - n * interval '1 minute', '<b>', 'x'"
        " FROM generate_series(1, 150) n",
        call_id,
    )
    first = await page(site, "audit")
    following = re.search(r'rel="next" href="\?([^"]+)"', first)
    assert following
    assert "&lt;b&gt;" in first
    assert first.count("<tr>") == 101
    assert (await page(site, f"audit?{following[1]}")).count("<tr>") > 40
    for wrong in ("yesterday", "2026-01-01T00:00:00", "%00"):
        await page(site, f"audit?before={wrong}", 400)
