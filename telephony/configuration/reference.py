"""The settings as documents, written from the classes themselves: a reference for reading, a sample for copying."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from telephony.configuration.environment import variable
from telephony.configuration.fields import FieldType, field_shape

_WIDTH = 116


class TomlTable(NamedTuple):
    """One TOML table: its header, what it is for, its plain settings."""

    header: str
    path: tuple[Any, ...]
    meaning: str
    settings: tuple[tuple[str, FieldInfo], ...]
    optional: bool = False
    """True if it is not there by default: a list's item, a section that may be left out, or anything inside one."""
    example: BaseModel | None = None
    """The default's first item, of a list."""


def sections(model: type[BaseModel]) -> Iterator[TomlTable]:
    """Walk the tables of ``model``, outer ones first."""
    yield from _walk(model, TomlTable("", (), (model.__doc__ or "").strip(), ()))


def _walk(model: type[BaseModel], outer: TomlTable) -> Iterator[TomlTable]:
    shapes = {key: field_shape(field) for key, field in model.model_fields.items()}
    plain = tuple((key, field) for key, field in model.model_fields.items() if shapes[key].section is None)
    if plain or outer.header:
        yield outer._replace(settings=plain)
    for key, found in shapes.items():
        if found.section is not None:
            yield from _walk(found.section, _inner(outer, key, found, found.section, model.model_fields[key]))


def _inner(outer: TomlTable, key: str, found: FieldType, section: type[BaseModel], field: FieldInfo) -> TomlTable:
    dotted = f"{outer.header.strip('[]')}.{key}".lstrip(".")
    meaning = (section.__doc__ or "").strip()
    default = field.get_default(call_default_factory=True)
    if found.many:
        example = default[0] if default and default is not PydanticUndefined else None
        return TomlTable(f"[[{dotted}]]", (*outer.path, key, 0), meaning, (), optional=True, example=example)
    if found.keyed:
        return TomlTable(f"[{dotted}.NAME]", (*outer.path, key, "name"), meaning, (), optional=True)
    absent = outer.optional or default is None or default is PydanticUndefined
    return TomlTable(f"[{dotted}]", (*outer.path, key), meaning, (), optional=absent)


def toml_value(value: object) -> str:
    """Write a default as TOML; a secret as an empty text."""
    if isinstance(value, SecretStr):
        return '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, tuple | list | frozenset):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml_value(str(key))} = {toml_value(item)}" for key, item in value.items()) + "}"
    return json.dumps(str(value), ensure_ascii=False)


def _default(section: TomlTable, key: str, field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if section.example is not None:
        value = getattr(section.example, key)
    return "" if value is PydanticUndefined or value is None else toml_value(value)


def _kind(field: FieldInfo) -> str:
    found = field_shape(field)
    return "secret" if found.secret else found.plain


def reference(model: type[BaseModel]) -> str:
    """Write docs/settings.md."""
    return _TOP + "\n".join(filter(None, map(_reference_section, sections(model))))


_TOP = """\
# Settings

Written by `make docs` from the settings classes; a test keeps it current. A sample to copy: `deploy/ringback.toml`.

Read from the file named by `--config` or `RINGBACK_CONFIG`, else `./ringback.toml`, else `/etc/ringback/ringback.toml`.
Variables of the environment go over the file: two underscores go one level down, a number chooses an item of a list
(`RINGBACK_PBX__0__HOST`), lists are JSON or text with commas. A secret can be kept in a file of its own: next to each
`secret` there is a `secret_file`. Secrets are never logged. An unknown key is an error, not a silence.

"""


def _reference_section(section: TomlTable) -> str:
    rows = "".join(_row(section, key, field) for key, field in section.settings)
    if not rows:
        return ""
    table = f"| key | kind | default | meaning | variable |\n|---|---|---|---|---|\n{rows}"
    return f"## `{section.header or 'top'}`\n\n{section.meaning}\n\n{table}"


def _row(section: TomlTable, key: str, field: FieldInfo) -> str:
    default = _default(section, key, field)
    meaning = (field.description or "").replace("|", "\\|")
    shown = f"`{default}`" if default else ""
    return f"| `{key}` | {_kind(field)} | {shown} | {meaning} | `{variable((*section.path, key))}` |\n"


def sample(model: type[BaseModel]) -> str:
    """Write deploy/ringback.toml: every setting, commented out at its default; the PBX's essentials to fill in."""
    return _SAMPLE_TOP + "\n".join(filter(None, map(_sample_section, sections(model))))


_SAMPLE_TOP = """\
# Ringback's settings. Every line that is commented out shows the default; see docs/settings.md.
# Copy to /etc/ringback/ringback.toml (mode 0640, group ringback), fill in [[pbx]], then: ringback check

"""
_FILL_IN = {
    ("pbx", 0, "name"): '"office"',
    ("pbx", 0, "host"): '"127.0.0.1"',
    ("pbx", 0, "username"): '"ringback"',
    ("pbx", 0, "secret"): '"the secret of [ringback] in manager.conf"',
    ("pbx", 0, "trunks"): '["PJSIP/trunk-*"]',
    ("pbx", 0, "cel_file"): '"/var/log/asterisk/cel-custom/ringback.csv"',
}


def _sample_section(section: TomlTable) -> str:
    meaning = "".join(f"# {line}".rstrip() + "\n" for line in section.meaning.splitlines())
    keys = "".join(_sample_key(section, key, field) for key, field in section.settings)
    if not keys:
        return ""
    # What is optional is written out only if something in it must be filled in: an empty one would count, too.
    live = not section.optional or any((*section.path, key) in _FILL_IN for key, _ in section.settings)
    return f"{meaning}{'' if live else '#'}{section.header}\n{keys}"


def _sample_key(section: TomlTable, key: str, field: FieldInfo) -> str:
    meaning = "".join(f"# {line}\n" for line in _wrapped(field.description or ""))
    filled = _FILL_IN.get((*section.path, key))
    line = f"{key} = {filled}" if filled else f"#{key} = {_default(section, key, field)}".rstrip()
    return f"{meaning}{line}\n"


def _wrapped(text: str) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) >= _WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line] if line else lines
