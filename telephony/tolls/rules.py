"""May this number be dialled? Pure: by its country, its kind, the operator's prefixes, and what was dialled before."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from telephony.numbers import Canonical
from telephony.settings import TollSettings

ANY: Final = "*"
_NOWHERE: Final = "001"
"""The region of satellites, international premium rates and the like: codes that belong to no country."""
_KINDS: Final = {
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.PERSONAL_NUMBER: "personal_number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.VOICEMAIL: "voicemail",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.FIXED_LINE: "fixed_line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
}


class TollCause(StrEnum):
    """Why a number is not dialled."""

    NO_NUMBER = "toll_no_number"
    """Nobody's plan of numbers has it: a trunk may make anything of it."""
    COUNTRY = "toll_country"
    KIND = "toll_kind"
    PREFIX = "toll_prefix"
    PREFIX_CAP = "toll_prefix_cap"
    DAY_CAP = "toll_day_cap"


@dataclass(frozen=True, slots=True)
class TollRefusal:
    """A number that is not dialled: why, in words for a person, with the cure."""

    cause: TollCause
    said: str


@dataclass(frozen=True, slots=True)
class DialledCounts:
    """What was dialled outside in the last 24 hours."""

    to_range: int
    """Numbers that begin like the one in question."""
    in_all: int


@dataclass(frozen=True, slots=True)
class TollRules:
    """The operator's decisions. Made by `rules_of`."""

    countries: frozenset[str]
    prefixes: tuple[str, ...]
    never_prefixes: tuple[str, ...]
    refused_kinds: Collection[str]
    range_digits: int
    range_day_cap: int
    day_cap: int

    def range_of(self, number: Canonical) -> str:
        """Return the beginning of a number that its range is counted under."""
        return number[: self.range_digits + number.startswith("+")]


def rules_of(settings: TollSettings, region: str) -> TollRules:
    """Read the section ``[toll]``; without countries it is the company's own, ``region``."""
    return TollRules(
        countries=frozenset(settings.countries or (region,)),
        prefixes=settings.prefixes,
        never_prefixes=settings.never_prefixes,
        refused_kinds=frozenset(settings.refused_kinds),
        range_digits=settings.range_digits,
        range_day_cap=settings.range_day_cap,
        day_cap=settings.day_cap,
    )


def refusal(number: Canonical, rules: TollRules) -> TollRefusal | None:
    """Return why a number is never dialled under these rules; None if it may be."""
    if any(number.startswith(prefix) for prefix in rules.never_prefixes):
        return TollRefusal(TollCause.PREFIX, f"{number} begins with what toll.never_prefixes forbids")
    named = any(number.startswith(prefix) for prefix in rules.prefixes)
    region, kind = _plan(number)
    if not kind:
        return None if named else _no_number(number)
    if not named and (region == _NOWHERE or not rules.countries & {region, ANY}):
        return _abroad(number, region)
    if kind in rules.refused_kinds:
        return TollRefusal(
            TollCause.KIND, f"{number} is a {kind.replace('_', ' ')} number, which toll.refused_kinds forbids"
        )
    return None


def cap(number: Canonical, dialled: DialledCounts, rules: TollRules) -> TollRefusal | None:
    """Return which limit of the last 24 hours is reached, None if none is."""
    if dialled.in_all >= rules.day_cap:
        return TollRefusal(
            TollCause.DAY_CAP,
            f"{dialled.in_all} calls outside within 24 hours: toll.day_cap ({rules.day_cap}) is reached",
        )
    if dialled.to_range >= rules.range_day_cap:
        reason = f"{dialled.to_range} calls to {rules.range_of(number)}... within 24 hours"
        return TollRefusal(TollCause.PREFIX_CAP, f"{reason}: toll.range_day_cap ({rules.range_day_cap}) is reached")
    return None


@lru_cache(maxsize=2048)
def _plan(number: Canonical) -> tuple[str, str]:
    """Return a number's region and kind; no kind if nobody's plan has it. Half of 0.1 ms, so each is remembered."""
    if not number.startswith("+"):
        return "", ""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "", ""
    region = phonenumbers.region_code_for_number(parsed)
    return region or _NOWHERE, _KINDS.get(phonenumbers.number_type(parsed), "") if region else ""


def _no_number(number: Canonical) -> TollRefusal:
    return TollRefusal(
        TollCause.NO_NUMBER, f"{number} is in nobody's plan of numbers; if it is a real one, name it in toll.prefixes"
    )


def _abroad(number: Canonical, region: str) -> TollRefusal:
    where, cure = f"a number of {region}", f"{region} in toll.countries, or the number's beginning in toll.prefixes"
    if region == _NOWHERE:
        where, cure = "no country's number (a satellite's, ...)", "its beginning in toll.prefixes"
    return TollRefusal(TollCause.COUNTRY, f"{number} is {where}; to call there name {cure}")
