"""Which endpoints are phones of people, and which are trunks (pure), each with the reason why it is taken for one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from deploy.attach.reading.tree import ConfSection, ConfTree

_EXTENSION: Final = re.compile(r"\d{2,7}")
_CALLER: Final = re.compile(r'^\s*"?(?P<name>[^"<]*?)"?\s*(?:<(?P<number>[^>]*)>)?\s*$')
_TRUNK_CONTEXT: Final = re.compile(r"^(ringback-)?from-(trunk|pstn)|^(incoming|inbound)\b", re.IGNORECASE)
_NOBODY: Final = frozenset(
    {"anonymous", "dpma_endpoint", "guest", "general", "authentication", "global", "system", "acl"}
)
_NAME: Final = re.compile(r"[A-Za-z0-9_.+@-]{1,80}")
"""What may stand in a channel's name and in our settings."""

_LONGEST_NAME: Final = 200
"""Letters of a manager's name, as the directory takes them."""


class FoundPhone(NamedTuple):
    """A person's phone."""

    number: str
    name: str
    endpoint: str
    """``PJSIP/101``."""
    context: str


class FoundTrunk(NamedTuple):
    """A way outside."""

    endpoint: str
    """``PJSIP/carrier``."""
    context: str
    why: str

    @property
    def glob(self) -> str:
        """As `pbx.trunks` has it."""
        return f"{self.endpoint}-*"


@dataclass(slots=True)
class FoundEndpoints:
    """What was found; ``unsure`` are endpoints that may be either."""

    phones: list[FoundPhone] = field(default_factory=list)
    trunks: list[FoundTrunk] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)

    def add(self, other: "FoundEndpoints") -> None:
        """Add those of another driver."""
        self.phones += other.phones
        self.trunks += other.trunks
        self.unsure += other.unsure


class Candidate(NamedTuple):
    """An endpoint and its signs."""

    technology: str
    name: str
    context: str
    caller: str
    outside: str
    """Why it leads outside; empty: no sign."""
    registers: bool
    """Whether a phone may register there."""


def pjsip_candidates(tree: ConfTree) -> Iterator[Candidate]:
    """Read the endpoints of pjsip.conf and what it includes."""
    of_type: dict[str, list[ConfSection]] = {}
    for section in tree.real():
        of_type.setdefault(section.get("type").lower(), []).append(section)
    registrations = of_type.get("registration", [])
    registering = {one.get("endpoint") or one.name for one in registrations}
    logins = {one.get("outbound_auth") for one in registrations} - {""}
    known = {one.get("endpoint") for one in of_type.get("identify", [])}
    aors = {one.name: one for one in of_type.get("aor", [])}
    for endpoint in of_type.get("endpoint", []):
        own = [aors[name.strip()] for name in endpoint.get("aors").split(",") if name.strip() in aors]
        login = endpoint.get("outbound_auth")
        signs = (
            (endpoint.name in registering or (login and login in logins), "registers at a carrier"),
            (login, "logs in at the other side"),
            (endpoint.name in known, "is known by its address"),
            (any(aor.get("contact") for aor in own), "has a fixed address"),
        )
        yield Candidate(
            "PJSIP",
            endpoint.name,
            endpoint.get("context"),
            endpoint.get("callerid"),
            next((why for sign, why in signs if sign), ""),
            registers=any(_number(aor.get("max_contacts")) > 0 for aor in own) or bool(endpoint.get("auth")),
        )


def wizard_candidates(tree: ConfTree) -> Iterator[Candidate]:
    """Read the objects of pjsip_wizard.conf."""
    for section in tree.real():
        if section.get("type").lower() != "wizard":
            continue
        sends = _yes(section.get("sends_registrations"))
        signs = (
            (sends, "registers at a carrier"),
            (_yes(section.get("sends_auth")), "logs in at the other side"),
            (section.get("remote_hosts"), "has a fixed address"),
        )
        yield Candidate(
            "PJSIP",
            section.name,
            section.get("endpoint/context"),
            section.get("endpoint/callerid"),
            next((why for sign, why in signs if sign), ""),
            registers=_yes(section.get("accepts_registrations")) or _yes(section.get("accepts_auth")),
        )


def peer_candidates(tree: ConfTree, technology: str) -> Iterator[Candidate]:
    """Read the peers of sip.conf or iax.conf."""
    for section in tree.real():
        if section.get("type").lower() not in {"friend", "peer", "user"}:
            continue
        host = section.get("host").lower()
        outside = f"has a fixed address ({host})" if host and host != "dynamic" else ""
        yield Candidate(
            technology, section.name, section.get("context"), section.get("callerid"), outside, host == "dynamic"
        )


def told_candidate(name: str, told: Mapping[str, str], *, registers_outside: bool) -> Candidate:
    """Read an endpoint that only the running PBX knows, by ``pjsip show endpoint``."""
    signs = (
        (registers_outside, "registers at a carrier"),
        (told.get("outbound_auth"), "logs in at the other side"),
        (told.get("identify"), "is known by its address"),
    )
    why = next((why for sign, why in signs if sign), "")
    registers = bool(told.get("auth"))
    return Candidate("PJSIP", name, told.get("context", ""), told.get("callerid", ""), why, registers=registers)


def sort_out(candidates: Iterable[Candidate]) -> FoundEndpoints:
    """Tell phones from trunks; who has no clear sign goes with those who share their context."""
    found = FoundEndpoints()
    waiting: list[Candidate] = []
    seen: set[str] = set()
    for one in candidates:
        channel = f"{one.technology}/{one.name}"
        if channel in seen or one.name.lower() in _NOBODY or not _NAME.fullmatch(one.name):
            continue
        seen.add(channel)
        number = _EXTENSION.fullmatch(one.name) is not None
        if _TRUNK_CONTEXT.match(one.context):
            _trunk(found, one, one.outside or f"its calls enter {one.context}")
        elif one.outside and not (number and one.registers):
            _trunk(found, one, one.outside)
        elif number and (one.registers or not one.outside):
            _phone(found, one)
        else:
            waiting.append(one)
    _by_context(found, waiting)
    return found


def _by_context(found: FoundEndpoints, waiting: Iterable[Candidate]) -> None:
    inside = {phone.context for phone in found.phones}
    outside = {trunk.context for trunk in found.trunks}
    for one in waiting:
        calls = _CALLER.match(one.caller)
        numbered = calls is not None and _EXTENSION.fullmatch(calls["number"] or "")
        if one.context in outside - inside:
            _trunk(found, one, f"shares the context {one.context} with a trunk")
        elif one.registers and (one.context in inside - outside or numbered):
            _phone(found, one)
        else:
            found.unsure.append(f"{one.technology}/{one.name}")


def _trunk(found: FoundEndpoints, one: Candidate, why: str) -> None:
    found.trunks.append(FoundTrunk(f"{one.technology}/{one.name}", one.context, why))


def _phone(found: FoundEndpoints, one: Candidate) -> None:
    caller = _CALLER.match(one.caller)
    number = (caller["number"] if caller else "") or one.name
    number = number if _EXTENSION.fullmatch(number) else one.name
    name = "".join(letter for letter in (caller["name"] if caller else "") if letter.isprintable()).strip()
    found.phones.append(FoundPhone(number, name[:_LONGEST_NAME] or number, f"{one.technology}/{one.name}", one.context))


def _yes(value: str) -> bool:
    return value.strip().lower() in {"yes", "true", "on", "1", "y", "t"}


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() else 0
