"""``batch`` as Bitrix24's reference tells it, for the fake portal.

https://github.com/bitrix-tools/b24-rest-docs/blob/main/settings/how-to-call-rest-api/batch.md: at most 50 commands,
those beyond fail with ERROR_BATCH_LENGTH_EXCEEDED; none inside another; arguments are a query as PHP reads one; what
stands as ``$result[name][field]`` is replaced by what an earlier command gave.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

Json = dict[str, Any]

_EARLIER = re.compile(r"\$result((?:\[[^\]]*\])+)")
_NUMBERS = frozenset({"id", "ownerId", "ownerTypeId", "responsibleId", "start", "TYPE", "CRM_CREATE", "DURATION"})
_NUMBERS |= {"USER_ID", "SHOW", "ADD_TO_CHAT", "ENTITY_ID", "OWNER_ID", "OWNER_TYPE_ID"}
"""Arguments that Bitrix24 casts to a number."""


def run(told: Json, call: Callable[[str, Json], Json]) -> Json:
    """Do each command and give the answer to all."""
    done: Json = {}
    failed: Json = {}
    for place, (name, command) in enumerate(_commands(told["cmd"])):
        method, _, query = command.partition("?")
        if place >= 50:
            answer: Json = {"error": "ERROR_BATCH_LENGTH_EXCEEDED", "error_description": "Max batch length exceeded"}
        elif method.removesuffix(".json") == "batch":
            answer = {"error": "ERROR_BATCH_METHOD_NOT_ALLOWED", "error_description": "Method is not allowed"}
        else:
            answer = call(method, arguments(query, done))
        if "error" in answer:
            failed[name] = answer
            if told.get("halt"):
                break
        else:
            done[name] = answer["result"]
    return {"result": {"result": done or [], "result_error": failed or [], "result_time": []}}


def _commands(cmd: object) -> list[tuple[str, str]]:
    if isinstance(cmd, dict):
        return list(cmd.items())
    assert isinstance(cmd, list), "cmd is an array"
    return [(str(place), command) for place, command in enumerate(cmd)]


def arguments(query: str, done: Json) -> Json:
    """Read a query as PHP does: ``fields[COMMENT]=text`` is a nested value."""
    found: Json = {}
    for pair in filter(None, query.split("&")):
        name, _, value = (unquote_plus(part) for part in pair.partition("="))
        keys = [name.partition("[")[0], *re.findall(r"\[([^\]]*)\]", name)]
        inside = found
        for key in keys[:-1]:
            inside = inside.setdefault(key, {})
        inside[keys[-1]] = _EARLIER.sub(lambda match: _earlier(match[1], done), value)
    return {key: _cast(key, value) for key, value in found.items()}


def _earlier(path: str, done: Any) -> str:  # noqa: ANN401 - any JSON
    for key in re.findall(r"\[([^\]]*)\]", path):
        done = done[int(key)] if isinstance(done, list) else done.get(key, {})
    return str(done)


def _cast(key: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        if value and all(name.isdecimal() for name in value):
            return [_cast(key, each) for each in value.values()]
        return {name: _cast(name, each) for name, each in value.items()}
    return int(value) if key in _NUMBERS and re.fullmatch(r"-?\d+", str(value)) else value
