"""What the dialplan is told when it is to dial a customer: three channel variables, composed of checked parts. Pure."""

from dataclasses import dataclass

from telephony.errors import Refused
from telephony.voice.dialogs.manager_port import DialCustomer, is_diallable, is_trunk

DIAL, SECONDS, OPTIONS = "RINGBACK_DIAL", "RINGBACK_DIAL_SECONDS", "RINGBACK_DIAL_OPTIONS"
CALLER_ID = "RINGBACK_CALLER_ID"
_FORMS = {
    "SIP": "SIP/{trunk}/{number}",
    "IAX2": "IAX2/{trunk}/{number}",
    "DAHDI": "DAHDI/{trunk}/{number}",
}
_USUAL_FORM = "{technology}/{number}@{trunk}"


@dataclass(frozen=True, slots=True)
class Dialling:
    """How customers are dialled, from the settings."""

    trunk: str = ""
    """``PJSIP/carrier``, for orders that name none."""
    form: str = ""
    """``Local/{number}@from-internal/n``; empty: as the trunk's technology wants it."""
    options: str = "r"
    """Letters of Dial's options."""


def dial_variables(order: DialCustomer, dialling: Dialling) -> dict[str, str]:
    """Return the channel variables that the context ``ringback-manager`` dials by.

    Raises:
        Refused: a part is no number or no trunk, or there is no trunk: nothing is dialled.
    """
    trunk = order.trunk or dialling.trunk
    if not is_diallable(order.number) or (order.caller_id and not is_diallable(order.caller_id)):
        raise Refused(f"not a number that can be dialled: {order.number[:40]!r} as {order.caller_id[:40]!r}")
    if not is_trunk(trunk) and ("{trunk}" in (dialling.form or "{trunk}")):
        raise Refused(f"no trunk to dial on ({trunk[:40]!r}): set voice.trunk")
    technology, _, endpoint = trunk.partition("/")
    form = dialling.form or _FORMS.get(technology, _USUAL_FORM)
    shown = f"f({order.caller_id})" if order.caller_id else ""
    return {
        DIAL: form.format(number=order.number, trunk=endpoint, technology=technology),
        SECONDS: str(order.ring_seconds),
        OPTIONS: dialling.options + shown,
        CALLER_ID: order.caller_id,
    }
