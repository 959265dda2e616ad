"""What manager.conf's event filters let through, judged as Asterisk judges it."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from telephony.checkup.filters import Filter, SendableEvent, hears

SAMPLES = Path(__file__).parents[4] / "deploy/asterisk"
PATH = SendableEvent("VarSet", "Variable", "MIXMONITOR_FILENAME")


def written_in(file: Path) -> list[Filter]:
    lines = (line.strip() for line in file.read_text().splitlines())
    found = (re.fullmatch(r"(eventfilter(?:\([^=]*\))?)\s*=\s*(.*)", line) for line in lines)
    return [Filter(match[1], match[2]) for match in found if match]


def test_without_filters_all_is_heard() -> None:
    assert hears([], SendableEvent("Hangup"))


def test_our_samples_new_and_old_let_through_what_is_needed_and_not_the_rest() -> None:
    for file in ("manager.conf", "manager-legacy.conf"):
        filters = written_in(SAMPLES / file)
        assert hears(filters, SendableEvent("Hangup")), file
        assert hears(filters, SendableEvent("UnParkedCall")), file
        assert hears(filters, PATH), file
        assert not hears(filters, SendableEvent("VarSet", "Variable", "SIPCALLID")), file
        assert not hears(filters, SendableEvent("RTCPSent")), file


def test_an_exclude_beats_every_include() -> None:
    filters = [Filter("eventfilter(action(include),name(Hangup))", ""), Filter("eventfilter", "!Event: Hangup")]
    assert not hears(filters, SendableEvent("Hangup"))


def test_excludes_alone_leave_the_rest() -> None:
    filters = [Filter("eventfilter(action(exclude),name(VarSet))", "")]
    assert hears(filters, SendableEvent("Hangup"))
    assert not hears(filters, PATH)


def test_a_header_filter_looks_only_at_that_header() -> None:
    starts = [Filter("eventfilter(action(include),name(VarSet),header(Variable),method(starts_with))", "MIX")]
    assert hears(starts, PATH)
    assert not hears(starts, SendableEvent("VarSet", "Variable", "DIALSTATUS"))


@given(st.text(), st.text(), st.text(min_size=1))
def test_nothing_that_an_administrator_writes_breaks_it(key: str, value: str, name: str) -> None:
    hears([Filter(f"eventfilter({key})", value), Filter("eventfilter", value)], SendableEvent(name))
