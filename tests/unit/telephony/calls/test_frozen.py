"""Values that are built fast are the same values."""

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from telephony.calls.tracking.parties import maker
from telephony.events import CallStarted
from telephony.model import Answerer, Call, Leg, Party


@pytest.mark.parametrize("cls", [Call, Leg, Party, Answerer, CallStarted])
def test_a_value_built_fast_is_the_one_that_the_class_builds(cls: type[Any]) -> None:
    values = [f"value {number}" for number, _ in enumerate(fields(cls))]
    built = maker(cls)(*values)
    assert type(built) is cls
    assert built == cls(*values)
    assert hash(built) == hash(cls(*values))
    assert repr(built) == repr(cls(*values))


def test_a_value_built_fast_is_frozen() -> None:
    party: Any = maker(Party)("101", "Olena")
    with pytest.raises(FrozenInstanceError):
        party.number = "102"


def test_no_field_may_be_left_out() -> None:
    with pytest.raises(TypeError):
        maker(Party)("101")
