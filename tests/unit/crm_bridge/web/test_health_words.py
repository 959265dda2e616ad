"""What parts of the daemon say of themselves is known to the page in each language: asked of the parts themselves."""

from datetime import UTC, datetime, timedelta

import pytest

from crm_bridge.web.views.health import named, sentences
from crm_bridge.web.words.catalogue import PageWords
from crm_bridge.web.words.text import UiLanguage
from telephony.ami.clock_offset import ClockOffset
from telephony.audit.model import AuditReport, Span
from telephony.audit.report import summary
from telephony.calls.pump_figures import PumpFigures
from telephony.daemon.parts.ledger import ledger_part

NOW = datetime(2026, 11, 29, tzinfo=UTC)
AWAY, FULL = PumpFigures(outage_since=1.0), PumpFigures(on_disk=3, spool_trouble="No space left on device")


def clock(ahead: timedelta | None) -> str:
    offset = ClockOffset("office", lambda: NOW)
    offset.ahead = ahead
    return str(offset)


def said(words: str, tongue: UiLanguage) -> str:
    speaker = PageWords(tongue)

    def count(key: str, number: int) -> str:
        return speaker.count(key, number, str(number))

    pieces = sentences(words, speaker.say, count)
    assert all(piece.ours for piece in pieces), words
    return "; ".join(piece.text for piece in pieces)


SAYS = [
    ledger_part(PumpFigures()).said,
    ledger_part(AWAY).said,
    ledger_part(FULL).said,
    clock(None),
    clock(timedelta(seconds=3)),
    clock(timedelta(seconds=-90)),
    f"2026-11-28: {summary(AuditReport(Span(NOW, NOW, NOW), {}))}",
    "2026-11-28: 2 findings; 3 cannot be known, see `ringback audit`",
    "5 calls",
    "it was not tried yet",
    "no new recordings: /srv: 3 MB free",
    "no answer",
    "waiting: outbox for 12 s (connection refused)",
    "within their limits",
    "3 conversations",
    "the first one comes at 03:10",
    "2 calendars, 1 days by the API",
    "7 messages wait, 0 dead letters",
    "shop: 2 answers could not be written, see the log (outbox.answer_set_aside)",
]


@pytest.mark.parametrize("words", SAYS)
def test_each_sentence_is_said_in_each_language(words: str) -> None:
    told = {tongue: said(words, tongue) for tongue in UiLanguage}
    assert len(set(told.values())) == len(UiLanguage)


def test_counts_take_their_form() -> None:
    assert said("1 calls", UiLanguage.RUSSIAN) == "идёт 1 звонок"
    assert said("22 calls", UiLanguage.UKRAINIAN) == "тривають 22 дзвінки"


def test_what_no_pattern_knows_is_shown_as_it_came() -> None:
    speaker = PageWords(UiLanguage.RUSSIAN)
    (piece,) = sentences("[Errno 111] Connect call failed", speaker.say, speaker.count)
    assert (piece.text, piece.ours) == ("[Errno 111] Connect call failed", False)
    assert [named(name, speaker.say) for name in ("ami office", "database", "<b>")] == [
        "АТС office",
        "База данных",
        "<b>",
    ]
