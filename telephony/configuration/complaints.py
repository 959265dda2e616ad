"""What pydantic found wrong, said to an administrator: where, which key, what, and the cure."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined

from telephony.configuration.fields import field_shape, follow

_HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+)\s*=")
_SHOWN = 60


class Origins(NamedTuple):
    """Where the values came from."""

    file: Path | None
    text: str
    """The file's text, to find lines in."""
    variables: Mapping[tuple[Any, ...], str]

    def of(self, path: tuple[Any, ...]) -> str:
        """Name the variable or ``file:line`` that set ``path``; the file alone (or "settings") if nothing did."""
        for depth in range(len(path), 0, -1):
            if path[:depth] in self.variables:
                return self.variables[path[:depth]]
        if self.file is None:
            return "settings"
        line = line_of(self.text, path)
        return f"{self.file}:{line}" if line else str(self.file)


def line_of(text: str, path: tuple[Any, ...]) -> int | None:
    """Find the line (from 1) of the longest part of ``path`` that the TOML text has, or None."""
    best: tuple[int, int] | None = None
    table: tuple[Any, ...] = ()
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        here = table
        if header := _HEADER.match(line):
            name = header[2]
            table = here = tuple(_bare(part) for part in name.split("."))
            if header[1] == "[[":
                seen[name] = seen.get(name, -1) + 1
                table = here = (*table, seen[name])
        elif key := _KEY.match(line):
            here = (*table, *(_bare(part) for part in key[1].split(".")))
        else:
            continue
        depth = len(here)
        if path[:depth] == here and (best is None or depth > best[0]):
            best = depth, number
    return best[1] if best else None


def _bare(key: str) -> str:
    return key.strip().strip("\"'")


def complaints(model: type[BaseModel], error: ValidationError, origins: Origins) -> str:
    """Return all errors, a line each."""
    return "\n".join(_complaint(model, details, origins) for details in error.errors(include_url=False))


def _complaint(model: type[BaseModel], details: ErrorDetails, origins: Origins) -> str:
    path = tuple(details["loc"])
    place = follow(model, path)
    known = path[: place.depth]
    if details["type"] == "extra_forbidden":
        return f"{origins.of(path)}: {_dotted(path)}: no such setting. {_hint(model, place.section, str(path[-1]))}"
    what = details["msg"].removeprefix("Value error, ").rstrip(".")
    if details["type"] != "missing" and place.field is not None and not field_shape(place.field).secret:
        what += f", not {_short(details['input'])}"
    meaning = f" {place.field.description}" if place.field is not None and place.field.description else ""
    return f"{origins.of(known)}: {_dotted(known) or 'settings'}: {what}.{meaning}{_default(place.field)}"


def _dotted(path: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in path)


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."


def _default(field: FieldInfo | None) -> str:
    if field is None or field.default is PydanticUndefined or field.default is None or field_shape(field).secret:
        return ""
    return f" Default: {field.default}."


def _hint(model: type[BaseModel], section: type[BaseModel], key: str) -> str:
    near = get_close_matches(key, section.model_fields, n=1)
    if near:
        return f"Did you mean `{near[0]}`?"
    for name, field in model.model_fields.items():
        found = field_shape(field)
        if found.section is not None and key in found.section.model_fields:
            return f"It belongs under {f'[[{name}]]' if found.many else f'[{name}]'}."
    return f"Known here: {', '.join(section.model_fields) or 'nothing'}."
