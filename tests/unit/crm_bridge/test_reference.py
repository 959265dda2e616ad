"""The API's document is written from the handlers' types, and is current."""

import re
from pathlib import Path

from crm_bridge.api.document.reference import reference
from crm_bridge.api.values.keys import Scope
from crm_bridge.operations import described_api

ROOT = Path(__file__).parents[3]


def test_docs_are_current() -> None:
    """`make docs` was run after the last change of a handler or a shape."""
    assert (ROOT / "docs/api.md").read_text() == reference(described_api("0"))


def test_every_operation_has_a_name_of_its_own_and_a_scope_or_a_reason() -> None:
    operations = [one for methods in described_api("0")["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))
    open_to_all = {one["operationId"] for one in operations if "security" not in one}
    assert open_to_all == {"getLink", "headLink"}, "a link carries its own proof"


def test_every_field_of_a_body_and_every_scope_is_told() -> None:
    text = (ROOT / "docs/api.md").read_text()
    for scope in Scope:
        assert f"`{scope.value}`" in text, scope
    assert not re.search(r"\]\(#(?!\w+\))", text), "links lead to shapes"
