"""A FastAGI request is believed if AMI tells the same of its channel."""

import pytest

from telephony.voice.agi.protocol import Environment
from telephony.voice.living import ChannelTold, agrees, contradicts_itself

CALLER = Environment("closed", "PJSIP/carrier-1", "177.1", "0671234567", "+380442000600", "", ())
KNOWN = ChannelTold("PJSIP/carrier-1", "+380671234567", "0442000600")
ATTEMPT = CALLER._replace(script="manager", uniqueid="rb-cb-1-aa", arguments=("rb-cb-1-aa", "uk"))


def test_a_callers_request_says_what_ami_says_in_whatever_spelling() -> None:
    assert agrees(CALLER, KNOWN, "UA")
    assert agrees(CALLER._replace(did=""), KNOWN, "UA")
    assert agrees(CALLER._replace(caller_number="unknown"), KNOWN._replace(number=""), "UA")


@pytest.mark.parametrize(
    "forged",
    [
        CALLER._replace(caller_number="+88216123456"),
        CALLER._replace(caller_number=""),
        CALLER._replace(did="+380442000999"),
        CALLER._replace(channel="PJSIP/carrier-2"),
    ],
)
def test_another_number_or_channel_is_not_believed(forged: Environment) -> None:
    assert not agrees(forged, KNOWN, "UA")


def test_a_hidden_caller_is_not_anybody() -> None:
    assert not agrees(CALLER, KNOWN._replace(number="anonymous"), "UA")


def test_a_managers_request_is_about_the_attempt_of_its_own_channel() -> None:
    assert not contradicts_itself(ATTEMPT)
    assert contradicts_itself(ATTEMPT._replace(arguments=("rb-cb-2-bb", "uk")))
    assert contradicts_itself(ATTEMPT._replace(arguments=()))
    assert contradicts_itself(CALLER._replace(uniqueid=""))
    assert agrees(ATTEMPT, KNOWN._replace(number="whoever"), "UA")
