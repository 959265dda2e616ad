"""The demo's webhook receiver, without a network: what it lets in, what it makes of it, what its page shows."""

import base64
import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.webhooks import signing
from deploy.demo.deliveries import Delivery, NotReadable, read
from deploy.demo.inbox import Inbox, Looked, Row
from deploy.demo.page import page
from deploy.demo.signature import NotSigned, verified

KYIV = ZoneInfo("Europe/Kyiv")
NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
KEY = b"k" * 32
HOSTILE = "<script>alert(1)</script>\"' onerror=x \u202eevil\x1b[31m"


# --- the signature ----------------------------------------------------------------------------------------------------


def test_the_published_example_of_the_standard_is_let_in() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1a,other v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = datetime.fromtimestamp(1614265330, UTC)
    assert verified(headers, b'{"test": 2432232314}', key, at) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def signed(body: bytes = b"{}", key: bytes = KEY) -> dict[str, str]:
    return signing.headers("msg_1", NOW, body, [key])


@pytest.mark.parametrize(
    ("changes", "body", "late"),
    [
        ({}, b"{ }", 0),
        ({"webhook-id": "msg_2"}, b"{}", 0),
        ({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, b"{}", 0),
        ({}, b"{}", 301),
        ({}, b"{}", -301),
        ({"webhook-signature": ""}, b"{}", 0),
        ({"webhook-signature": "v1,ü"}, b"{}", 0),
        ({"webhook-id": ""}, b"{}", 0),
        ({"webhook-timestamp": "²"}, b"{}", 0),
        ({"webhook-timestamp": "9" * 5000}, b"{}", 0),
    ],
)
def test_what_was_changed_on_the_way_or_is_too_old_is_not(changes: dict[str, str], body: bytes, late: int) -> None:
    assert verified(signed(), b"{}", KEY, NOW) == "msg_1"
    with pytest.raises(NotSigned):
        verified(signed() | changes, body, KEY, NOW + timedelta(seconds=late))


def test_while_a_secret_is_rotated_either_signature_opens() -> None:
    both = signing.headers("msg_1", NOW, b"{}", [b"n" * 32, KEY])
    assert verified(both, b"{}", KEY, NOW) == "msg_1"
    with pytest.raises(NotSigned):
        verified(both, b"{}", b"o" * 32, NOW)


# --- what it makes of deliveries --------------------------------------------------------------------------------------


def delivery(number: int, kind: str, content: dict[str, Any]) -> Delivery:
    envelope = {"type": kind, "timestamp": NOW.isoformat(), "version": "1", "data": content}
    return read(f"msg_{number}", json.dumps(envelope).encode())


def missed(call: int = 1, name: str = "Олена") -> dict[str, Any]:
    return {
        "at": NOW.isoformat(),
        "call": {
            "call_id": f"pbx:{call}",
            "direction": "inbound",
            "kind": "ordinary",
            "caller": {"number": "0671234567", "name": name},
            "dialed": "0442000600",
            "customer": "+380671234567",
            "started_at": (NOW + timedelta(seconds=call)).isoformat(),
            "disposition": "missed",
            "missed_reason": "no_answer",
            "answered_by": None,
            "wait_seconds": 21.0,
            "talk_seconds": 0.0,
        },
    }


def callback(call: int = 1, state: str = "waiting", reason: str = "new") -> dict[str, Any]:
    told = {"request_id": 17, "state": state, "reason": reason, "by": "", "customer": "+380671234567", "owner": "101"}
    return {"callback": told | {"call_id": f"pbx:{call}"}}


RECORDINGS = [{"recording_id": 9, "seconds": 3.0}, {"recording_id": 10, "seconds": 20.0}]


def test_a_calls_row_is_whole_in_whatever_order_its_deliveries_come() -> None:
    inbox = Inbox()
    inbox.take(delivery(1, "callback.requested", callback()), Looked("Іван"))
    inbox.take(delivery(2, "recording.ready", {"call_id": "pbx:1", "recordings": RECORDINGS}), Looked(link="http://x"))
    assert list(inbox.rows()) == []
    inbox.take(delivery(3, "call.missed", missed()), Looked())
    inbox.take(delivery(4, "callback.reached", callback(1, "done", "reached")), Looked("Іван"))

    assert list(inbox.rows()) == [
        Row(
            *("pbx:1", NOW + timedelta(seconds=1), "inbound", "ordinary", "Олена +380671234567", "0442000600", "Іван"),
            *("", "missed: no answer, waited 21 s", "http://x", "done: reached"),
        )
    ]


def test_both_calls_of_one_request_show_what_became_of_it() -> None:
    inbox = Inbox()
    for call in (1, 2):
        inbox.take(delivery(call, "call.missed", missed(call)), Looked())
        inbox.take(delivery(10 + call, "callback.missed_again", callback(call)), Looked())
    inbox.take(delivery(20, "callback.reached", callback(2, "done", "reached")), Looked())
    assert [(row.call_id, row.callback) for row in inbox.rows()] == [
        ("pbx:2", "done: reached"),
        ("pbx:1", "done: reached"),
    ]


def test_what_comes_twice_is_shown_once_and_counted() -> None:
    inbox = Inbox()
    first = inbox.take(delivery(1, "call.missed", missed()), Looked())
    assert first is not None
    assert inbox.take(delivery(1, "call.missed", missed()), Looked()) is None
    assert (len(inbox.lines), len(list(inbox.rows())), inbox.repeated) == (1, 1, 1)


def test_the_longest_recording_is_the_one_to_hear() -> None:
    told = delivery(1, "recording.ready", {"call_id": "pbx:1", "recordings": RECORDINGS}).told
    assert getattr(told, "longest").recording_id == 10  # noqa: B009 - one of several types


def test_a_recording_that_is_ready_without_any_is_refused() -> None:
    with pytest.raises(NotReadable):
        delivery(1, "recording.ready", {"call_id": "pbx:1", "recordings": []})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"type": "call.ended", "timestamp": "2026-01-01T00:00:00", "version": "1", "data": {}}',
        b'{"type": "call.ended", "timestamp": "2026-01-01T00:00:00Z", "version": "1", "data": {}}',
        b'{"type": "call.ended", "timestamp": "2026-01-01T00:00:00Z", "version": "1", "data": {"call": {"kind": 1}}}',
        b'{"type": "recording.ready", "timestamp": "2026-01-01T00:00:00Z", "version": "1", "data": {"recordings": []}}',
    ],
)
def test_what_is_not_as_documented_is_refused(body: bytes) -> None:
    with pytest.raises(NotReadable):
        read("msg_1", body)


def test_a_kind_that_is_new_is_taken_and_shown_as_not_read() -> None:
    line = Inbox().take(delivery(1, "call.started", {}), Looked())
    assert line is not None
    assert (line.kind, line.said) == ("call.started", "not read here")


# --- the page ---------------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Collects the tags, with their attributes' names, and the addresses of links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[tuple[str, ...]] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add((tag, *(name for name, _ in attrs)))
        self.links += [str(value) for name, value in attrs if name == "href"]


def shown(name: str, owner: str, link: str) -> str:
    inbox = Inbox()
    inbox.take(delivery(1, "call.missed", missed(name=name)), Looked(owner))
    inbox.take(delivery(2, "recording.ready", {"call_id": "pbx:1", "recordings": RECORDINGS}), Looked(link=link))
    inbox.take(delivery(3, f"news.{name}", {}), Looked())  # hypothesis knows our own kinds, which want content
    return page(inbox.rows(), inbox.lines, inbox.repeated, KYIV)


LINK = "http://127.0.0.1:8480/api/v1/recordings/9/listen?key=a&expires=1"
HARMLESS = Tags(shown("Олена", "Іван", LINK)).tags


@given(st.text(max_size=60) | st.just(HOSTILE), st.text(max_size=60) | st.just(HOSTILE))
def test_no_name_becomes_html_or_turns_the_line_round(name: str, owner: str) -> None:
    text = shown(name.encode(errors="replace").decode(), owner.encode(errors="replace").decode(), LINK)
    assert Tags(text).tags == HARMLESS
    assert not set(text) & {"\x1b", "\u202e", "\x00"}


def test_a_recording_is_a_link_if_it_is_ours_and_never_anything_else() -> None:
    assert set(Tags(shown("Олена", "Іван", LINK)).links) == {LINK}
    assert Tags(shown("Олена", "Іван", "javascript:alert(1)")).links == []
    assert "21 s" in shown("Олена", "Іван", LINK)
    assert "16:05:32" in shown("Олена", "Іван", LINK)
