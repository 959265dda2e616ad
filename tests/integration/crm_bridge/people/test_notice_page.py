"""The page on which somebody says what they want to be told, where and when."""

from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.people.conftest import Console

SECRET = "tgram://123456789:abcdefg_hijklmnop/12315544/"


async def test_an_address_is_added_shown_masked_tried_and_taken_out(console: Console, pool: Pool) -> None:
    await console.user()
    await console.user("petro")
    page = "/console/me/notifications"
    async with console.browser() as browser, console.browser() as other:
        await console.sign_in(browser)
        await console.sign_in(other, "petro")
        for bad in ("file:///etc/passwd", "<script>alert(1)</script>", "@/etc/passwd", ""):
            async with browser.post(f"{page}/addresses", data={"address": bad}) as answer:
                assert answer.status == 422
                assert "<script>alert" not in await answer.text()
        async with browser.post(f"{page}/addresses", data={"address": SECRET}) as answer:
            assert answer.status == 303
        async with browser.get(page) as answer:
            text = await answer.text()
        assert "tgram://" in text
        assert "abcdefg_hijklmnop" not in text
        number = await pool.fetchval("SELECT address_id FROM notification_addresses")
        async with other.post(f"{page}/addresses/{number}/drop") as answer:
            assert answer.status == 404, "another's"
        async with browser.post(f"{page}/test") as answer:
            assert answer.status == 200
        (body,) = await pool.fetch("SELECT kind, body FROM outbox_messages")
        assert (body["kind"], "abcdefg" in str(body["body"])) == ("notice.test", False)
        async with browser.post(f"{page}/addresses/{number}/drop") as answer:
            assert answer.status == 303
    assert not await pool.fetch("SELECT 1 FROM notification_addresses")


async def test_wishes_are_kept_and_strange_times_refused(console: Console, pool: Pool) -> None:
    await console.user()
    page = "/console/me/notifications"
    async with console.browser() as browser:
        await console.sign_in(browser)
        form = {"kind_late": "1", "kind_evil": "1", "quiet_from": "22:00", "quiet_until": "08:00", "digest_at": "18:30"}
        async with browser.post(page, data=form) as answer:
            assert answer.status == 303
        row = await pool.fetchrow(
            "SELECT kinds, quiet_from::text, quiet_until::text, digest_at::text FROM notification_wishes"
        )
        assert row is not None
        assert tuple(row) == (["late"], "22:00:00", "08:00:00", "18:30:00")
        for bad in ("25:00", "noon", "12:00:00.5+99"):
            async with browser.post(page, data={"digest_at": bad}) as answer:
                assert answer.status == 400
        async with browser.get(page) as answer:
            text = await answer.text()
        assert 'value="22:00"' in text
        assert text.count('value="1" checked') == 1


async def test_half_of_the_quiet_hours_is_not_dropped_in_silence(console: Console, pool: Pool) -> None:
    await console.user()
    page = "/console/me/notifications"
    async with console.browser() as browser:
        await console.sign_in(browser)
        for form in (
            {"quiet_from": "22:00"},
            {"quiet_until": "08:00"},
            {"quiet_from": "09:00", "quiet_until": "09:00"},
        ):
            async with browser.post(page, data={"kind_late": "1", "digest_at": "18:30", **form}) as answer:
                text = await answer.text()
                assert answer.status == 422
            assert 'role="alert"' in text
            for value in ("18:30", *form.values()):
                assert f'value="{value}"' in text, "what was written is still there"
    assert not await pool.fetch("SELECT 1 FROM notification_wishes")
