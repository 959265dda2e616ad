"""Every form of every page, with values that nobody's form has: an answer in words, never a failure of ours."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import product
from urllib.parse import quote_from_bytes

from aiohttp import web
from structlog.testing import capture_logs
from yarl import URL

from crm_bridge.people.access import UserRole
from crm_bridge.web import PREFIX
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import now
from tests.integration.crm_bridge.people.conftest import Browser, Console
from tests.integration.crm_bridge.people.test_access import THEIRS, number_of, write

HOSTILE = (
    b"\0", b"a\0b", b"\xed\xa0\x80", b"\xff\xfe", b"<script>alert(1)</script>", b"=cmd|' /C calc'!A0", b"x" * 60_000,
    b"9" * 400, b"-1", b"NaN", "\u202eevil\u0301".encode() * 40, b"a\r\nSet-Cookie: x=1", b"../../etc/passwd", b"",
    b"{{7*7}}%s{0}", b"9999-12-31T23:59:59", b"0001-01-01", "٣".encode(),
)  # fmt: skip
AT_A_TIME = len(HOSTILE) if os.environ.get("HOSTILE") == "all" else 2
ENDS_THE_SESSION = ("/sign-out", "/sessions/")


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Reads a page's forms with the values that are in them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag in {"input", "textarea", "select", "button"} and self.found and given.get("name"):
            self.found[-1].fields.setdefault(given["name"], given.get("value", ""))
            self._select = given["name"] if tag == "select" else self._select
        elif tag == "option" and self._select and self.found and not self.found[-1].fields[self._select]:
            self.found[-1].fields[self._select] = given.get("value", "")


class Places(dict[str, str]):
    """What stands in paths; all that is not named is the first of its kind."""

    def __missing__(self, key: str) -> str:
        return "1"


async def pages(console: Console, pool: Pool) -> list[str]:
    """Every page that has an address, with a thing of each kind in its place."""
    places = {
        "call_id": "pbx:0.1", "request_id": "1", "number": number_of(0), "day": f"{now().date()}", "delivery": "1",
        "token": "A" * 43, "recording_id": "1", "wall_id": "1", "name": "calls", "review_id": "1",
    }  # fmt: skip
    del pool
    found = []
    for route in console.routes:
        if isinstance(route, web.ResourceRoute) and route.method == "GET" and route.resource:
            path = route.resource.canonical
            if not path.endswith("/stream") and "/static/" not in path:
                found.append(path.format_map(Places(places)) if "{" in path else path)
    return [*found, f"{PREFIX}/board?open=1"]


async def forms_of(browser: Browser, console: Console, pool: Pool) -> list[Form]:
    """Each form once, as it stands."""
    found: dict[tuple[str, str, tuple[str, ...]], Form] = {}
    for path in await pages(console, pool):
        async with browser.get(path) as answer:
            if answer.content_type != "text/html":
                continue
            reader = Forms()
            reader.feed(await answer.text())
        for form in reader.found:
            found.setdefault((form.action, form.method, tuple(sorted(form.fields))), form)
    return list(found.values())


def bodies(form: Form) -> Iterator[tuple[str, bytes]]:
    """For each field some hostile values (`HOSTILE=all`: each), the others as they are."""
    for place, name in enumerate(form.fields):
        first = (place * AT_A_TIME + len(form.action)) % len(HOSTILE)
        for value in (HOSTILE * 2)[first : first + AT_A_TIME]:
            pairs = [(key, value if key == name else kept.encode()) for key, kept in form.fields.items()]
            yield name, b"&".join(f"{key}={quote_from_bytes(each)}".encode() for key, each in pairs)


HEAD = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_no_form_fails_whatever_is_written_in_it(console: Console, pool: Pool) -> None:
    await write(pool, THEIRS)
    await pool.execute("UPDATE callback_requests SET state = 'waiting'")
    await console.user("olha", UserRole.ADMIN)
    async with console.browser() as browser:
        await console.sign_in(browser)
        forms = await forms_of(browser, console, pool)
        assert len(forms) > 20
        for form in forms:
            if any(end in form.action for end in ENDS_THE_SESSION):
                continue
            for name, body in bodies(form):
                with capture_logs() as logs:
                    if form.method == "get":
                        path = f"{form.action or PREFIX}?{body.decode()[:6000]}"
                        answer = await browser.http.get(path, allow_redirects=False)
                    else:
                        answer = await browser.http.post(form.action, data=body, headers=HEAD, allow_redirects=False)
                    text = await answer.text(errors="replace")
                assert answer.status < 500, (form.action, name, body[:200], logs)
                assert answer.status != 401, (form.action, name)
                assert "<script>alert(1)" not in text, (form.action, name)
                assert "Set-Cookie: x" not in str(answer.headers), (form.action, name)
                assert text or answer.status == 303, (form.action, name)


async def test_no_form_of_another_page_is_taken(console: Console, pool: Pool) -> None:
    await write(pool, THEIRS)
    await console.user("olha", UserRole.ADMIN)
    async with console.browser() as browser:
        await console.sign_in(browser)
        before = await pool.fetchval("SELECT count(*) FROM deeds")
        for route in console.routes:
            if isinstance(route, web.ResourceRoute) and route.method == "POST" and route.resource:
                path = route.resource.canonical.replace("{", "").replace("}", "")
                for sent in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}):
                    answer = await browser.http.post(path, data=b"x=1", headers=HEAD | sent, allow_redirects=False)
                    assert answer.status in {403, 404}, path
        assert await pool.fetchval("SELECT count(*) FROM deeds") == before


async def test_a_form_of_a_megabyte_is_refused_in_words(console: Console) -> None:
    await console.user("olha", UserRole.ADMIN)
    async with console.browser() as browser:
        await console.sign_in(browser)
        for path in (
            "/users",
            "/keys",
            "/walls",
            "/me/notifications",
            f"/calendar/{now().date()}",
            "/calls/x:1/comment",
        ):
            answer = await browser.http.post(
                f"{PREFIX}{path}", data=b"name=" + b"x" * 1_000_000, headers=HEAD, allow_redirects=False
            )
            assert answer.status in {400, 413}, path
            assert "<h1" in await answer.text()


PLACES = ("calls", "board", "customers", "search", "deliveries", "audit", "settings", "users")
NAMES = (
    "cursor",
    "open",
    "tab",
    "days",
    "owner",
    "q",
    "since",
    "number",
    "before",
    "manager",
    "part",
    "state",
    "format",
)
PATHS = (
    *(
        "calls/%00",
        "calls/%ED%A0%80",
        "customers/%00",
        "customers/%ED%A0%80",
        "calendar/%00",
        "invitation/%00",
        "wall/%00",
    ),
    *("deliveries/" + "9" * 18, "recordings/" + "9" * 18 + "/audio", "board?open=" + "9" * 30, "calls/" + "x" * 4000),
)


async def test_no_address_fails_whatever_is_written_in_it(console: Console, pool: Pool) -> None:
    await write(pool, THEIRS)
    await console.user("olha", UserRole.ADMIN)
    async with console.browser() as browser:
        await console.sign_in(browser)
        addresses = [*PATHS]
        for place, (page, name) in enumerate(product(PLACES, NAMES)):
            value = HOSTILE[place % len(HOSTILE)][:4000]
            addresses.append(f"{page}?{name}={quote_from_bytes(value)}")
        for address in addresses:
            answer = await browser.http.get(
                URL(f"{console.url}{PREFIX}/{address}", encoded=True), allow_redirects=False
            )
            text = await answer.text(errors="replace")
            assert answer.status < 500, (address, text[:300])
            assert "<script>alert(1)" not in text, address
