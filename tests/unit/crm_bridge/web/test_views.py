"""What pages work out of rows: a call's strip, shares of speech, a browser's name, a headline, a file's size."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.schemas import LegShape
from crm_bridge.web.browsers import browser
from crm_bridge.web.formats import Formats, headline
from crm_bridge.web.views.shares import SpeechShares
from crm_bridge.web.views.strip import strip
from crm_bridge.web.words.text import UiLanguage

KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
NOW = datetime(2026, 11, 28, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize("is_over", [True, False])
def test_a_leg_without_an_end_goes_on_only_while_the_call_does(is_over: bool) -> None:
    leg = LegShape.model_validate(
        {
            "uniqueid": "1.1",
            "channel": "PJSIP/101-1",
            "number": "101",
            "name": "Ivan",
            "started_at": NOW,
            "rang_at": NOW,
            "answered_at": None,
            "ended_at": None,
            "hangup_cause": None,
        }
    )
    [row] = strip([leg], NOW, NOW + timedelta(seconds=20), is_over=is_over).rows
    assert row.over is is_over


@given(st.lists(st.floats(0, 7200), min_size=4, max_size=4))
def test_shares_of_speech_make_a_hundred(parts: list[float]) -> None:
    percents = SpeechShares(parts[0], parts[1], parts[2], parts[3], 0).percents()
    assert sum(percents) == (100 if sum(parts) > 0 else 0)
    assert all(abs(whole - 100 * part / (sum(parts) or 1)) < 1 for whole, part in zip(percents, parts, strict=True))


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {KIT} Chrome/156.0.0.0 Safari/537.36", "Chrome 156 · Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) {KIT} Chrome/140.0.0.0 Edg/140.0.1", "Edge 140 · Windows"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) {KIT} Version/18.5 Mobile/15E1 Safari/604", "Safari 18 · iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:141.0) Gecko/20100101 Firefox/141.0", "Firefox 141 · macOS"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {KIT} SamsungBrowser/28.0 Chrome/130.0", "Samsung Internet 28 · Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
        ("<b>" * 100, ("<b>" * 100)[:80]),
    ],
)  # fmt: skip
def test_a_browser_is_told_by_its_name(agent: str, told: str) -> None:
    assert browser(agent) == told


def test_a_headline_leaves_the_other_letters_as_they_are() -> None:
    assert headline("saturday, 28 November") == "Saturday, 28 November"
    assert headline("") == ""


@pytest.mark.parametrize(
    ("count", "told"), [(None, "—"), (0, "0 kB"), (1_400, "1.4 kB"), (38_400, "38 kB"), (12_345_678, "12 MB")]
)
def test_a_file_is_as_large_as_people_say_it(count: int | None, told: str) -> None:
    assert Formats(UiLanguage.ENGLISH, ZoneInfo("Europe/Kyiv"), NOW).size(count) == told
