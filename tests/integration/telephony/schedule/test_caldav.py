"""A calendar asked over HTTP: what is taken, what is refused, and to whom the password goes."""

import asyncio

import aiohttp
import pytest

from telephony.schedule.caldav import CalendarServer
from telephony.schedule.errors import CalendarAway
from telephony.schedule.rules.icalendar_files import closed_days
from telephony.settings import CalendarSettings
from tests.integration.telephony.schedule.fake_caldav import MOVING, FakeCalDav
from tests.unit.telephony.schedule.test_unrolling import WINDOW


def server(
    http: aiohttp.ClientSession, url: str, user: str = "", password: str = "", seconds: float = 20
) -> CalendarServer:
    told = {"name": "holidays", "url": url, "user": user, "password": password, "seconds": seconds}
    return CalendarServer(http, CalendarSettings.model_validate(told))


async def test_a_link_is_taken_and_not_again_while_it_says_the_same(
    fake: FakeCalDav, http: aiohttp.ClientSession
) -> None:
    one = server(http, f"{fake.url}/link.ics")
    fetched = await one.fetch(WINDOW)
    assert fetched is not None
    assert len(closed_days(fetched.body, WINDOW, "h").days) == 2
    assert await one.fetch(WINDOW, fetched.etag) is None
    fake.events.append(MOVING)
    changed = await one.fetch(WINDOW, fetched.etag)
    assert changed is not None
    assert len(closed_days(changed.body, WINDOW, "h").days) == 3


async def test_a_collection_is_asked_by_a_report_and_the_next_time_at_once(
    fake: FakeCalDav, http: aiohttp.ClientSession
) -> None:
    fake.user, fake.password = "boss", "гасло:1"
    fake.events.append(MOVING)
    one = server(http, f"{fake.url}/collection/", "boss", "гасло:1")
    fetched = await one.fetch(WINDOW)
    assert fetched is not None
    assert len(closed_days(fetched.body, WINDOW, "h").days) == 3
    await one.fetch(WINDOW)
    assert [method for method, _ in fake.asked] == ["GET", "REPORT", "REPORT"]
    assert fake.queries[0].startswith("1 <?xml")
    assert 'start="20260920T000000Z" end="20271226T235959Z"' in fake.queries[0]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/page", "no calendar is there"),
        ("/round.ics", "redirects more than"),
        ("/endless.ics", "says more than"),
    ],
)
async def test_a_page_a_circle_and_a_flood_are_told_with_the_cure(
    fake: FakeCalDav, http: aiohttp.ClientSession, path: str, says: str
) -> None:
    with pytest.raises(CalendarAway, match=says):
        await server(http, f"{fake.url}{path}").fetch(WINDOW)


async def test_a_wrong_password_a_bad_day_and_nobody_there_are_told_without_the_address(
    fake: FakeCalDav, http: aiohttp.ClientSession
) -> None:
    fake.user, fake.password = "boss", "right"
    with pytest.raises(CalendarAway, match="correct `user` and `password`"):
        await server(http, f"{fake.url}/link.ics", "boss", "wrong").fetch(WINDOW)
    fake.away = True
    with pytest.raises(CalendarAway, match="is not well"):
        await server(http, f"{fake.url}/link.ics").fetch(WINDOW)
    for url in ("http://127.0.0.1:1/private-5ecret/x.ics", "http://5ecret.invalid/x.ics"):
        with pytest.raises(CalendarAway, match="cannot be reached") as told:
            await server(http, url).fetch(WINDOW)
        assert "5ecret" not in str(told.value)


async def test_who_does_not_answer_is_not_waited_for(http: aiohttp.ClientSession) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/x.ics"
    with pytest.raises(CalendarAway, match=r"no answer within 0\.2 s"):
        await server(http, url, seconds=0.2).fetch(WINDOW)
    listening.close()


async def test_a_redirect_is_followed_and_the_password_goes_to_no_other_server(
    fake: FakeCalDav, http: aiohttp.ClientSession
) -> None:
    assert await server(http, f"{fake.url}/moved.ics", "boss", "secret").fetch(WINDOW) is not None
    assert all(fake.secrets)
    fake.secrets.clear()
    assert await server(http, f"{fake.url}/elsewhere.ics", "boss", "secret").fetch(WINDOW) is not None
    assert [bool(secret) for secret in fake.secrets] == [True, False]


@pytest.mark.parametrize("inside", ["127.0.0.2", "localhost", "[::1]", "169.254.169.254", "10.0.0.1"])
async def test_a_redirect_never_leads_into_our_own_network(
    fake: FakeCalDav, http: aiohttp.ClientSession, inside: str
) -> None:
    fake.moved_to = f"http://{inside}:{fake.url.rsplit(':', 1)[1]}/calendar.ics"
    with pytest.raises(CalendarAway, match="into a network of our own"):
        await server(http, f"{fake.url}/inside.ics").fetch(WINDOW)
