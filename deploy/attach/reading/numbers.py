"""Our own numbers, queues and time conditions, as the dialplan's and the queues' files tell them (pure)."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from deploy.attach.reading.tree import ConfTree

_DID: Final = re.compile(r"\+?\d{5,15}")
_FREEPBX_DIDS: Final = re.compile(r"ext-did-\d+")
_TIMED: Final = re.compile(r"\bGotoIfTime\b|\bIFTIME\b", re.IGNORECASE)


def dids(extensions: ConfTree, trunk_contexts: Iterable[str]) -> tuple[str, ...]:
    """Return the numbers that are answered in FreePBX's inbound routes or in the trunks' own contexts."""
    contexts = set(trunk_contexts)
    found = [
        number
        for section in extensions.real()
        if section.name in contexts or _FREEPBX_DIDS.fullmatch(section.name)
        for number in _extensions_of(section.all("exten"))
        if _DID.fullmatch(number)
    ]
    return tuple(dict.fromkeys(found))


def time_conditions(extensions: ConfTree) -> tuple[str, ...]:
    """Return FreePBX's time conditions by number, else the contexts that look at the time."""
    section = extensions.section("timeconditions")
    if section is not None:
        numbers = [number for number in _extensions_of(section.all("exten")) if number.isdecimal()]
        return tuple(dict.fromkeys(numbers))
    timed = [
        one.name
        for one in extensions.real()
        if any(_TIMED.search(value) for name, value in one.settings if name.lower() in {"exten", "same"})
    ]
    return tuple(dict.fromkeys(timed))


def queues(tree: ConfTree) -> tuple[str, ...]:
    """Return the queues' names."""
    return tuple(dict.fromkeys(section.name for section in tree.real() if section.name.lower() != "general"))


def _extensions_of(values: Iterable[str]) -> Iterator[str]:
    """Yield the extension of each ``number[/caller],priority,application``."""
    for value in values:
        yield value.partition(",")[0].partition("/")[0].strip()
