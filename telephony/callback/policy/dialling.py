"""A customer's dial: the order, and the channel variables the dialplan dials by, composed of checked parts. Pure."""

import re
from dataclasses import dataclass

from telephony.errors import Refused

DIAL, SECONDS, OPTIONS = "RINGBACK_DIAL", "RINGBACK_DIAL_SECONDS", "RINGBACK_DIAL_OPTIONS"
CALLER_ID, NUMBER = "RINGBACK_CALLER_ID", "RINGBACK_NUMBER"
_FORMS = {
    "SIP": "SIP/{trunk}/{number}",
    "IAX2": "IAX2/{trunk}/{number}",
    "DAHDI": "DAHDI/{trunk}/{number}",
}
_USUAL_FORM = "{technology}/{number}@{trunk}"
_DIALLABLE = re.compile(r"\+?[0-9]{1,32}")
_TRUNK = re.compile(r"[A-Za-z0-9]{1,16}/[A-Za-z0-9_.-]{1,64}")


def is_diallable(number: str) -> bool:
    """Return whether ``number`` may be put into a dialplan variable: a plus and digits, nothing else."""
    return _DIALLABLE.fullmatch(number) is not None


def is_trunk(trunk: str) -> bool:
    """Return whether ``trunk`` names a trunk and nothing else: ``PJSIP/carrier``."""
    return _TRUNK.fullmatch(trunk) is not None


@dataclass(frozen=True, slots=True)
class DialCustomer:
    """Accepted and still wanted: the dialplan dials ``number`` now, showing ``caller_id``."""

    number: str
    """To be dialled: ``+`` and digits only (`is_diallable`)."""
    caller_id: str
    """The DID that the customer had called, also ``+`` and digits; empty: the trunk's own is shown."""
    trunk: str = ""
    """The trunk that their call came on, ``PJSIP/carrier`` (`is_trunk`); empty: `voice.trunk` of the settings."""
    ring_seconds: int = 45
    """How long the customer's phone rings."""


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
        NUMBER: order.number,
    }
