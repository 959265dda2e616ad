"""Many methods in one request, as Bitrix24's ``batch`` takes them.

A command is a method with its arguments as a query, as PHP writes one: ``fields[COMMENT]=...``. Bitrix24 puts earlier
results where ``$result[...]`` stands in an argument, and callers choose their own names: what has these words in it
goes alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from crm_bridge.crm.errors import CrmBroken

MOST: Final = 50
"""Commands that one ``batch`` takes."""
_RESULT: Final = "$result"

Command = tuple[str, Mapping[str, Any]]
"""A method and its arguments."""


def may_be_shared(arguments: object) -> bool:
    """Return whether a command may go with others."""
    return all(_RESULT not in text for pair in _pairs("", arguments) for text in pair)


def batch(commands: Sequence[Command]) -> dict[str, Any]:
    """Make the arguments of ``batch``; a command that fails stops no other."""
    return {"halt": 0, "cmd": {_name(place): _query(*command) for place, command in enumerate(commands)}}


def answers(result: object, count: int) -> list[Mapping[str, Any]]:
    """Return the answer to each command, as if it had been asked alone: ``{"result": ...}`` or ``{"error": ...}``.

    Raises:
        CrmBroken: it is no answer to a ``batch``, or one of the commands has none.
    """
    answer = result if isinstance(result, dict) else {}
    done, failed, times = (_by_name(answer.get(name)) for name in ("result", "result_error", "result_time"))
    found: list[Mapping[str, Any]] = []
    for place in range(count):
        name = _name(place)
        if isinstance(failed.get(name), dict) and failed[name].get("error") is not None:
            found.append({"time": times.get(name), **failed[name]})
        elif name in done:
            found.append({"result": done[name]})
        else:
            raise CrmBroken(f"batch: no answer to command {place + 1} of {count}")
    return found


def _by_name(answer: object) -> Mapping[str, Any]:
    """Read what is told by command; PHP writes an empty object as a list."""
    return answer if isinstance(answer, dict) else {}


def _name(place: int) -> str:
    return f"c{place}"


def _query(method: str, arguments: Mapping[str, Any]) -> str:
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in _pairs("", arguments))
    return f"{method}?{pairs}" if pairs else method


def _pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    inside: Iterator[tuple[object, object]]
    if isinstance(value, Mapping):
        inside = iter(value.items())
    elif isinstance(value, list | tuple):
        inside = iter(enumerate(value))
    else:
        yield name, "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
        return
    for key, each in inside:
        yield from _pairs(f"{name}[{key}]" if name else str(key), each)
