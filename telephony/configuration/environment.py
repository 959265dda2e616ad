"""Variables of the environment as settings: ``RINGBACK_HTTP__PORT=8080``, ``RINGBACK_PBX__0__SECRET_FILE=/run/s``.

Two underscores go one level down; a number chooses an item of a list, the next free one adds an item. A list's value is
JSON (``["a", "b"]``) or plain text with commas. A variable that is no setting but looks like one is an error: a typo in
a unit file must not be ignored in silence.
"""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import BaseModel

from telephony.configuration.fields import FieldType, field_shape
from telephony.errors import SettingsError

PREFIX = "RINGBACK_"
NESTED = "__"
_NEARLY = 0.87


def variable(path: tuple[Any, ...]) -> str:
    """Name the variable of a setting: ``("http", "port")`` gives ``RINGBACK_HTTP__PORT``."""
    return PREFIX + NESTED.join(str(part).upper() for part in path)


def overlay(model: type[BaseModel], values: dict[str, Any], environ: Mapping[str, str]) -> dict[tuple[Any, ...], str]:
    """Lay the variables over ``values``, in place.

    Returns:
        For each path that was set so, the variable that did it.

    Raises:
        SettingsError: a variable names no setting.
    """
    origins: dict[tuple[Any, ...], str] = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX):
            continue
        bare = name.removeprefix(PREFIX)
        if NESTED not in bare and bare.lower() not in model.model_fields:
            _refuse_near_miss(model, name)
            continue
        origins[_lay(model, values, name, environ[name])] = name
    return origins


def _refuse_near_miss(model: type[BaseModel], name: str) -> None:
    near = get_close_matches(name, _names(model), n=1, cutoff=_NEARLY)
    if near:
        raise SettingsError(f"{name}: no such setting. Did you mean {near[0]}? (Two underscores go one level down.)")


def _names(model: type[BaseModel], path: tuple[Any, ...] = ()) -> Iterator[str]:
    for key, field in model.model_fields.items():
        found = field_shape(field)
        below = (*path, key, 0) if found.many else (*path, key)
        if found.section is None:
            yield variable((*path, key))
        else:
            yield from _names(found.section, below)


class _Step(NamedTuple):
    """How far a variable's name was followed."""

    section: type[BaseModel]
    table: dict[str, Any]
    path: tuple[Any, ...]


def _lay(model: type[BaseModel], values: dict[str, Any], name: str, text: str) -> tuple[Any, ...]:
    """Put one variable's value in its place; return its path."""
    parts = name.removeprefix(PREFIX).lower().split(NESTED)
    step = _Step(model, values, ())
    while True:
        key, *parts = parts
        field = step.section.model_fields.get(key)
        if field is None:
            raise _unknown(model, step.section, name, step.path)
        found = field_shape(field)
        if not parts:
            step.table[key] = _value(found, name, text)
            return (*step.path, key)
        if found.section is None:
            raise _unknown(model, step.section, name, step.path)
        step, parts = _down(step, found, key, parts, name)
        if not parts:
            raise _unknown(model, step.section, name, step.path)


def _down(step: _Step, found: FieldType, key: str, parts: list[str], name: str) -> tuple[_Step, list[str]]:
    section = found.section or step.section
    if found.many:
        index, *parts = parts
        return _Step(section, _item(step.table, key, index, name), (*step.path, key, int(index))), parts
    table = step.table.setdefault(key, {})
    path = (*step.path, key)
    if found.keyed:
        chosen, *parts = parts
        table, path = table.setdefault(chosen, {}), (*path, chosen)
    if not isinstance(table, dict):
        raise SettingsError(f"{name}: `{key}` is not a table in the settings file. Write it as [{key}].")
    return _Step(section, table, path), parts


def _item(table: dict[str, Any], key: str, index: str, name: str) -> dict[str, Any]:
    items = table.setdefault(key, [])
    if not index.isdecimal() or not isinstance(items, list) or int(index) > len(items):
        there = len(items) if isinstance(items, list) else 0
        raise SettingsError(f"{name}: `{key}` is a list of {there}: write {PREFIX}{key.upper()}__0__... to {there}.")
    if int(index) == len(items):
        items.append({})
    item: dict[str, Any] = items[int(index)]
    return item


def _value(found: FieldType, name: str, text: str) -> object:
    if text.lstrip().startswith(("[", "{")) and (found.many or found.keyed or found.section):
        try:
            return json.loads(text)
        except ValueError as error:
            raise SettingsError(f"{name}: not JSON: {error}") from error
    if found.many:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _unknown(model: type[BaseModel], section: type[BaseModel], name: str, path: tuple[Any, ...]) -> SettingsError:
    near = get_close_matches(name, _names(model), n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(section.model_fields)}."
    where = f" in {'.'.join(map(str, path))}" if path else ""
    return SettingsError(f"{name}: no such setting{where}. {hint}")
