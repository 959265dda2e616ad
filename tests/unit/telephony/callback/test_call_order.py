"""Asterisk numbers its channels in their order, whatever its clock does."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from telephony.callback.policy.call_order import heard_after
from telephony.model import CallId, PbxName
from tests import builders
from tests.builders import PBX

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mine", "its", "after"),
    [
        ("main:1795302400.12", "main:1795302485.11", True),
        ("main:1795302400.10", "main:1795302485.11", False),
        ("main:1795302400.11", "main:1795302400.11", False),
        ("main:pbx-1-1795302400.12", "main:pbx-1-1795302485.11", True),
        ("main:pbx-2-1795302400.12", "main:pbx-1-1795302485.11", False),
        ("other:1795302400.12", "main:1795302485.11", False),
        ("main:rb-cb-12-77-ab", "main:1795302485.11", False),
        ("main:1795302400.12", "", False),
        ("main:1795302400.\u0661\u0662", "main:1795302485.11", False),
    ],
)
def test_of_one_pbx_the_greater_number_is_later(mine: str, its: str, after: bool) -> None:
    pbx, _, uniqueid = mine.partition(":")
    call = builders.inbound(uniqueid, at=NOW)
    call = replace(call, call_id=CallId(mine), pbx=PbxName(pbx))
    assert heard_after(call, [its]) is after
    assert not heard_after(replace(call, repaired=True), [its]), "what was read later has no place in the order"


@pytest.mark.parametrize(
    ("mine", "after"), [("1795302486.12", True), ("1795302485.12", True), ("1795302486.10", False)]
)
def test_of_a_call_that_was_found_in_its_midst_number_and_time_must_say_the_same(mine: str, after: bool) -> None:
    call = replace(builders.inbound(mine, at=NOW), repaired=True)
    assert heard_after(call, [f"{PBX}:1795302485.11"]) is after


def test_a_call_whose_id_was_chosen_is_as_old_as_its_numbered_channel() -> None:
    call = builders.inbound("1795302400.12", at=NOW)
    assert heard_after(call, [f"{PBX}:rb-cb-12-77-ab", f"{PBX}:1795302485.11"])
    assert not heard_after(call, [f"{PBX}:rb-cb-12-77-ab", f"{PBX}:1795302485.13"])
