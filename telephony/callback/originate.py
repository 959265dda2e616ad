"""The AMI actions of a callback, as headers. Pure, so that what goes to the PBX can be read in a test.

What comes from callers (names, numbers) is cut down to what cannot be mistaken for a header, a dialplan expression or a
caller-ID's syntax; AMI's own gate (`HostileText`) stands behind it.
"""

from collections.abc import Mapping
from typing import Final

from telephony.callback.policy import witness
from telephony.callback.policy.model import Attempt, Outcome, Request
from telephony.settings import CallbackSettings

CONTEXT: Final = "ringback-manager"
"""The generated dialplan's context of the manager's conversation; see dialplan/README."""
CLICK_CONTEXT: Final = "ringback-click"
"""The context that dials for a click (dialplan/click.conf)."""
ATTEMPT_VARIABLE: Final = "RINGBACK_ATTEMPT"
_NO_CHANNEL: Final = ("no such channel", "channel does not exist")
"""Asterisk's own words; the second are Redirect's."""
_LONGEST_NAME = 60
_FORBIDDEN = frozenset('"<>\\$`{}[]()|;,=&%')


def shown_name(name: str) -> str:
    """Cut a name down to what a phone's display may be given."""
    kept = "".join(letter for letter in name if letter.isprintable() and letter not in _FORBIDDEN)
    return " ".join(kept.split())[:_LONGEST_NAME].strip()


def ring_manager(
    request: Request, attempt: Attempt, number: str, settings: CallbackSettings
) -> Mapping[str, str | list[str]]:
    """Build the Originate that rings one manager's phone.

    Args:
        request: whom it is for; its customer is what the phone displays.
        attempt: already written: the channel gets its id.
        number: the customer's number as it is shown.
        settings: the ring time.
    """
    return {
        "Channel": attempt.dialstring,
        "ChannelId": attempt.channel_id,
        "Context": CONTEXT,
        "Exten": "s",
        "Priority": "1",
        "Timeout": str(int(settings.ring_seconds * 1000)),
        "CallerID": f'"{shown_name(request.name) or number}" <{number}>',
        "Variable": [f"{ATTEMPT_VARIABLE}={attempt.channel_id}"],
        "Async": "true",
    }


def ring_for_click(
    endpoint: str, channel_id: str, number: str, variables: Mapping[str, str], ring_seconds: float
) -> Mapping[str, str | list[str]]:
    """Build the Originate of a click: the manager's phone rings, and the dialplan dials the number when it answers.

    Args:
        endpoint: the manager's phone, ``PJSIP/101``.
        channel_id: the uniqueid that its channel gets.
        number: as it is dialled: a plus and digits.
        variables: what the dialplan dials by (`telephony.callback.policy.dialling.dial_variables`).
        ring_seconds: how long the manager's phone rings.
    """
    return {
        "Channel": endpoint,
        "ChannelId": channel_id,
        "Context": CLICK_CONTEXT,
        "Exten": number,
        "Priority": "1",
        "Timeout": str(int(ring_seconds * 1000)),
        "CallerID": f'"{number}" <{number}>',
        "Variable": [f"{name}={value}" for name, value in variables.items()],
        "Async": "true",
    }


def take_down(attempt: Attempt) -> tuple[str, Mapping[str, str]]:
    """Build what takes an attempt's phone down; cause 26, "answered elsewhere", is no missed call on its display."""
    return "Hangup", {"Channel": attempt.channel_id, "Cause": "26"}


def back_to_the_voice(attempt: Attempt) -> tuple[str, Mapping[str, str]]:
    """Build what stops a customer's dial: the conversation begins anew, and tells why the manager is not needed."""
    return "Redirect", {"Channel": attempt.channel_id, "Context": CONTEXT, "Exten": "s", "Priority": "1"}


def look_for(attempt: Attempt) -> Mapping[str, str]:
    """Build the question whether an attempt's channel is on the PBX: it is refused if there is none."""
    return {"Channel": attempt.channel_id, "Variable": "CHANNEL(state)"}


def ask_witness(attempt: Attempt) -> Mapping[str, str]:
    """Build the question for the dialplan's note of an attempt; ``Value`` is empty if there is none."""
    return {"Variable": witness.place_of(attempt.key)}


def device_state(endpoint: str) -> Mapping[str, str]:
    """Build the question how a phone is; the answer's ``Value`` is ``NOT_INUSE``, ``INUSE``, ``UNAVAILABLE``, ..."""
    return {"Variable": f"DEVICE_STATE({endpoint})"}


def tells_no_channel(refusal: str) -> bool:
    """Tell whether an action was refused because the PBX has no such channel; any other refusal says nothing of it."""
    return any(words in refusal.lower() for words in _NO_CHANNEL)


def reason_of(response: Mapping[str, str]) -> Outcome:
    """Tell what an OriginateResponse says of a phone that was not answered, if no call tells it better."""
    return {"5": Outcome.MANAGER_BUSY, "3": Outcome.MANAGER_NO_ANSWER, "1": Outcome.MANAGER_NO_ANSWER}.get(
        response.get("Reason", ""), Outcome.UNREGISTERED
    )
