"""What a callback asks of a PBX. Pure, so that what goes to the PBX can be read in a test.

What comes from callers (names, numbers) is cut down by `telephony.pbx.texts` to what cannot be mistaken for a header, a
dialplan expression or a caller-ID's syntax; AMI's own gate (`HostileText`) stands behind it.
"""

from collections.abc import Mapping
from typing import Final

from telephony.callback.policy import witness
from telephony.callback.policy.model import Attempt, Outcome, Request
from telephony.model import Party
from telephony.pbx.requests import (
    ANSWERED_ELSEWHERE,
    GetVariable,
    HangUp,
    Originate,
    OriginateEnd,
    Redirect,
    ToExtension,
)
from telephony.settings import CallbackSettings

CONTEXT: Final = "ringback-manager"
"""The generated dialplan's context of the manager's conversation; see dialplan/README."""
CLICK_CONTEXT: Final = "ringback-click"
"""The context that dials for a click (dialplan/click.conf)."""
ATTEMPT_VARIABLE: Final = "RINGBACK_ATTEMPT"


def ring_manager(request: Request, attempt: Attempt, phone: str, number: str, settings: CallbackSettings) -> Originate:
    """Build what rings one manager's phone.

    Args:
        request: whom it is for; its customer is what the phone displays.
        attempt: already written: the channel gets its id.
        phone: what is rung: the attempt's dial string, or all telephones of it.
        number: the customer's number as it is shown.
        settings: the ring time.
    """
    return Originate(
        phone,
        ToExtension(CONTEXT),
        attempt.channel_id,
        caller=Party(number, request.name),
        variables={ATTEMPT_VARIABLE: attempt.channel_id},
        ring_seconds=settings.ring_seconds,
    )


def ring_for_click(
    endpoint: str, channel_id: str, number: str, variables: Mapping[str, str], ring_seconds: float
) -> Originate:
    """Build what rings a manager's phone for a click: the dialplan dials the number when it answers.

    Args:
        endpoint: the manager's phone, ``PJSIP/101``.
        channel_id: the uniqueid that its channel gets.
        number: as it is dialled: a plus and digits.
        variables: what the dialplan dials by (`telephony.callback.policy.dialling.dial_variables`).
        ring_seconds: how long the manager's phone rings.
    """
    return Originate(
        endpoint,
        ToExtension(CLICK_CONTEXT, number),
        channel_id,
        caller=Party(number),
        variables=variables,
        ring_seconds=ring_seconds,
    )


def take_down(attempt: Attempt) -> HangUp:
    """Build what takes an attempt's phone down, without a missed call on its display."""
    return HangUp(attempt.channel_id, ANSWERED_ELSEWHERE)


def back_to_the_voice(attempt: Attempt) -> Redirect:
    """Build what stops a customer's dial: the conversation begins anew, and tells why the manager is not needed."""
    return Redirect(attempt.channel_id, ToExtension(CONTEXT))


def look_for(attempt: Attempt) -> GetVariable:
    """Build the question whether an attempt's channel is on the PBX: `NoSuchChannel` if there is none."""
    return GetVariable("CHANNEL(state)", attempt.channel_id)


def ask_witness(attempt: Attempt) -> GetVariable:
    """Build the question for the dialplan's note of an attempt; empty if there is none."""
    return GetVariable(witness.place_of(attempt.key))


def outcome_of(reason: OriginateEnd) -> Outcome:
    """Return what an Originate's end says of a phone that was not answered, if no call tells it better."""
    return {
        OriginateEnd.BUSY: Outcome.MANAGER_BUSY,
        OriginateEnd.NO_ANSWER: Outcome.MANAGER_NO_ANSWER,
        OriginateEnd.HUNG_UP: Outcome.MANAGER_NO_ANSWER,
    }.get(reason, Outcome.UNREGISTERED)
