"""A caller's name cannot steer a terminal or break a log."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from telephony.daemon.logs import set_up
from telephony.daemon.terminal_text import columns, fitted, plain, plain_json
from telephony.settings import LogSettings

HOSTILE = "\x1b[2J\x07Иван\u202e\r\nevil\u2028\x9b"


@given(st.text())
def test_nothing_unprintable_is_left(text: str) -> None:
    assert not any(
        ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 or letter in "\u202e\u2028\u200f" for letter in plain(text)
    )


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_fitted_text_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert columns(fitted(text, width)) == width


def test_plain_keeps_letters_and_shows_the_rest() -> None:
    assert plain(HOSTILE) == r"\x1b[2J\x07Иван\u202e\r\nevil\u2028\x9b"


@given(st.text())
def test_json_keeps_the_value_and_hides_what_steers(text: str) -> None:
    written = plain_json(json.dumps({"name": text}, ensure_ascii=False))
    assert json.loads(written) == {"name": text}
    assert "\u202e" not in written


@pytest.fixture
def _logging_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("_logging_restored")
def test_logs_are_json_lines_with_the_bound_call_when_nobody_watches() -> None:
    out = io.StringIO()
    set_up(LogSettings(), out)
    with structlog.contextvars.bound_contextvars(call="pbx:1.2"):
        structlog.get_logger("x").info("call.ended", name=HOSTILE)
    structlog.get_logger("x").debug("not.said")
    logging.getLogger("aiohttp").warning("port %s", 8480)
    ours, theirs = (json.loads(line) for line in out.getvalue().splitlines())
    assert (ours["event"], ours["call"], ours["name"], ours["level"]) == ("call.ended", "pbx:1.2", HOSTILE, "info")
    assert ours["at"].endswith("Z")
    assert (theirs["event"], theirs["logger"]) == ("port 8480", "aiohttp")
    assert "\u202e" not in out.getvalue()


@pytest.mark.usefixtures("_logging_restored")
def test_logs_are_readable_and_harmless_on_a_terminal() -> None:
    out = Terminal()
    set_up(LogSettings(level="debug"), out)
    structlog.get_logger("x").warning("call.odd", name=HOSTILE)
    assert "call.odd" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
    assert "\u202e" not in out.getvalue()


@pytest.mark.usefixtures("_logging_restored")
def test_an_exception_is_told_with_its_traceback() -> None:
    out = io.StringIO()
    set_up(LogSettings(), out)
    try:
        int("boom")
    except ValueError:
        structlog.get_logger("x").exception("loop.failed")
    assert "ValueError: invalid literal" in json.loads(out.getvalue())["exception"]
