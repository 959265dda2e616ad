"""Which channels lead outside.

An operator tells it: globs over channel names (``PJSIP/carrier-*``) or over contexts that only trunks' calls enter
(``from-trunk*``). A capture that a stranger sends comes without; then it is guessed, from the surest sign to the
weakest, and the guess is remembered for the endpoint, so that all its channels count alike:

1. the context in which the call arrived (``from-trunk``, ``from-pstn`` against ``from-internal``, ``phones``);
2. the endpoint's name: two to six digits are an extension, words like ``trunk`` or ``gateway`` a trunk;
3. the technology: ISDN, analogue and GSM cards lead outside;
4. numbers: who shows seven digits or more, or hides, calls from outside; a short number is a colleague; a phone is
   dialled by its own name, a trunk with somebody else's number behind it.
"""

import re
from fnmatch import translate
from typing import Final

from telephony.calls.tracking.channels import LegRecord, endpoint_of
from telephony.numbers import is_hidden

DOORS: Final = "ringback-from-*"
"""The generated dialplan's contexts for trunks: once a trunk is led there, its own context's name is heard no more."""
_LONG: Final = 7
_KNOWN_ENDPOINTS: Final = 10_000
_ASKED: Final = re.compile(r"[wWpP]*(?:\*\d\d(?:[*#])?|[*#]\d\d#)?(\+?\d+)(?:[wWpP][\dwWpP*#]*)?")
_SCHEMES: Final = frozenset({"sip", "sips", "tel"})
_NUMBER: Final = re.compile(r"\+?\d+")
_EXTENSION: Final = re.compile(r"\d{2,6}")
_OUTSIDE_CONTEXT: Final = re.compile(
    r"trunk|pstn|carrier|provider|from-(?:did|zaptel|dahdi|analog|digital|sip-external|outside|external|world)"
    r"|ext-did|incoming|inbound|(?:^|[-_])(?:world|did|dids|in|public|gateway)$",
    re.IGNORECASE,
)
_INSIDE_CONTEXT: Final = re.compile(
    r"internal|outgoing|outbound|phone|office|users?$|extension|account|local|intern|staff|agents?$|(?:^|[-_])out$",
    re.IGNORECASE,
)
_OUTSIDE_ENDPOINT: Final = re.compile(
    r"trunk|carrier|provider|gateway|(?:^|[-_])gw|pstn|sbc|proxy|route|peer|telecom|isdn|gsm|voip|operator|itsp",
    re.IGNORECASE,
)
_OUTSIDE_TECHNOLOGY: Final = frozenset(
    "dahdi zap misdn capi ss7 khomp dongle datacard mobile quectel gsm ooh323".split()  # noqa: SIM905 - reads better
)


class TrunkRules:
    """Tells trunks from phones, by the operator's rules or, without any, by guess. Remembers what it guessed."""

    def __init__(self, names: tuple[str, ...] = (), contexts: tuple[str, ...] = ()) -> None:
        """Make rules.

        Args:
            names: globs over channel names, case matters.
            contexts: globs over the context that a channel was born in.
        """
        self.told = bool(names or contexts)
        self._names = _any_of(names)
        self._contexts = _any_of((*contexts, DOORS) if self.told else ())
        self._guessed: dict[str, bool] = {}

    def is_trunk(self, leg: LegRecord, *, anew: bool = False) -> bool:
        """Return whether ``leg`` leads outside. ``anew``: more is known of it than when its endpoint was guessed."""
        if self.told:
            return _matches(self._names, leg.channel) or _matches(self._contexts, leg.context)
        endpoint = endpoint_of(leg.channel)
        known = self._guessed.get(endpoint)
        if known is None or anew:
            dialled = next((other.exten for other in leg.call.legs if other.incoming), "")
            known = guess(leg, endpoint, "" if leg.incoming else dialled)
            if len(self._guessed) < _KNOWN_ENDPOINTS:
                self._guessed[endpoint] = known
        return known


def guess(leg: LegRecord, endpoint: str, dialled: str) -> bool:
    """Guess by the signs named in this module's docstring."""
    technology, _, peer = endpoint.partition("/")
    if _OUTSIDE_CONTEXT.search(leg.context):
        return True
    if _INSIDE_CONTEXT.search(leg.context) and not _OUTSIDE_ENDPOINT.search(peer):
        return False
    if _EXTENSION.fullmatch(peer) and technology.lower() not in _OUTSIDE_TECHNOLOGY:
        return False
    if technology.lower() in _OUTSIDE_TECHNOLOGY or _OUTSIDE_ENDPOINT.search(peer):
        return True
    return _guess_by_numbers(leg, peer, dialled)


def _guess_by_numbers(leg: LegRecord, peer: str, dialled: str) -> bool:
    if leg.incoming:
        return is_hidden(leg.number) or _is_long(leg.number)
    asked = number_in(leg.dialstring, peer)
    if asked:
        return _is_long(asked)
    return not _NUMBER.fullmatch(peer) and _is_long(leg.number) and leg.number != dialled


def number_in(dialstring: str, peer: str) -> str:
    """The number that a dial string asks ``peer`` for, or empty: ``carrier/067123``, ``067123@carrier``, ``g1/w067``.

    The number stands behind the last slash, before the host; in ``user:secret@host/067123`` nothing else is one. A code
    in front of it (``#31#`` hides the caller) or a wait (``w``) is no part of it.
    """
    for part in reversed(dialstring.partition("!")[0].partition(",")[0].split("/")):
        scheme, colon, rest = part.partition(":")
        user = (rest if colon and scheme.lower() in _SCHEMES else part).partition("@")[0]
        found = _ASKED.fullmatch(user.partition(";")[0])
        if found and found[1] != peer:
            return found[1]
    return ""


def _is_long(number: str) -> bool:
    return sum(map(str.isdigit, number)) >= _LONG


def _any_of(globs: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(map(translate, globs))) if globs else None


def _matches(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and bool(pattern.match(text))
