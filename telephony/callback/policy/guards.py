"""Who is never called back, and how a customer's number is dialled."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import phonenumbers

from telephony.callback.policy.model import ClosedReason, Request
from telephony.numbers import Canonical, subscriber
from telephony.schedule.rules.hours import Calendar
from telephony.settings import CallbackSettings

DIALABLE: Final = re.compile(r"\+?[0-9]{5,15}")
"""Shorter ones are services and extensions, longer ones exist nowhere; letters would be dialplan."""
_DIALLED: Final = re.compile(r"\+?[0-9]{3,32}")
_NOISE = str.maketrans("", "", " \t-.()/\u00a0\u202f")


@dataclass(frozen=True, slots=True)
class Barred:
    """The numbers that are never called back, in canonical form."""

    own: frozenset[Canonical] = frozenset()
    """Our DIDs."""
    employees: frozenset[Canonical] = frozenset()
    """Extensions and mobiles of the directory's managers."""
    do_not_call: frozenset[Canonical] = frozenset()
    """From the settings; the directory's marks come with the request."""


@dataclass(frozen=True, slots=True)
class Waking:
    """The waking hours of customers whose numbers begin with ``prefix``."""

    prefix: str
    calendar: Calendar


def guard(request: Request, barred: Barred) -> ClosedReason | None:
    """Return why this customer is never called back, or None if they may be."""
    if not request.customer:
        return ClosedReason.HIDDEN
    if request.customer in barred.own:
        return ClosedReason.OWN_NUMBER
    if request.customer in barred.employees:
        return ClosedReason.EMPLOYEE
    if request.do_not_call or request.customer in barred.do_not_call:
        return ClosedReason.DO_NOT_CALL
    if not DIALABLE.fullmatch(request.customer):
        return ClosedReason.UNDIALABLE
    return None


def awake_at(customer: Canonical, now: datetime, waking: Sequence[Waking]) -> datetime | None:
    """Return ``now`` if the customer may be rung now, else when; None if never. The longest prefix wins."""
    theirs = [one for one in waking if customer.startswith(one.prefix)]
    if not theirs:
        return now
    return max(theirs, key=lambda one: len(one.prefix)).calendar.next_opening(now)


def dialled_number(request: Request, region: str, settings: CallbackSettings) -> str:
    """Return the customer's number as the trunk wants it: a plus and digits, or digits only."""
    return outside_number(request.customer, request.heard_number, region, settings)


def outside_number(customer: Canonical, heard_number: str, region: str, settings: CallbackSettings) -> str:
    """Return any outside number as the trunk wants it; ``heard_number`` is a trunk's own spelling of it."""
    number = _in_form(customer, heard_number, region, settings)
    return settings.number_prefix + (number.removeprefix("+") if settings.number_prefix else number)


def _in_form(customer: Canonical, heard_number: str, region: str, settings: CallbackSettings) -> str:
    heard = heard_number.translate(_NOISE)
    match settings.number_form:
        case "heard":
            return heard if _DIALLED.fullmatch(heard) and not _reads_otherwise(heard, customer) else customer
        case "e164":
            return customer
        case "digits":
            return customer.removeprefix("+")
        case "national":
            return _national(customer, region)


def _reads_otherwise(heard: str, customer: Canonical) -> bool:
    """Whether a trunk could take these digits, with a plus before them, for a number of somebody else's country."""
    other = subscriber(f"+{heard.lstrip('+')}", "ZZ")
    return other is not None and other != customer


def _national(number: Canonical, region: str) -> str:
    if not number.startswith("+"):
        return number
    parsed = phonenumbers.parse(number)
    if phonenumbers.country_code_for_region(region) != parsed.country_code:
        return number
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(letter for letter in written if letter in "0123456789")
