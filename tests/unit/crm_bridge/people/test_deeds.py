"""Whatever changes something is in the tables of what is written down, or says where else it is."""

from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

from crm_bridge.context import BridgeContext
from crm_bridge.operations import described_endpoints
from crm_bridge.people.deeds import DONE, ELSEWHERE, OWN, SEEN
from crm_bridge.web.words.catalogue import CATALOGUE

NOTHING: Any = None


def test_every_operation_that_changes_something_is_written_down() -> None:
    given = BridgeContext(NOTHING, NOTHING, "UA", ZoneInfo("UTC"), "1")
    services = cast("Any", SimpleNamespace(**dict.fromkeys(
        ("absences", "alarms", "calendar", "callbacks", "clicks", "dead_letters", "directory", "health", "library",
         "messages", "presences", "privacy", "recorder", "surveys"), NOTHING), settings=()))  # fmt: skip
    described = described_endpoints(given, services, NOTHING, cast("Any", SimpleNamespace(forget=None)), NOTHING)
    changing = {each.operation for each in described if each.method not in {"GET", "HEAD"}}
    assert changing == {name for name in DONE if not name.startswith("/")}
    assert {name for name in SEEN if not name.startswith("/")} <= {each.operation for each in described}


def test_the_journal_has_words_for_every_deed() -> None:
    deeds = {*DONE.values(), *SEEN.values()} - {ELSEWHERE, OWN}
    assert {deed for deed in deeds if f"journal.{deed}" not in CATALOGUE} == set()
