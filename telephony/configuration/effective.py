"""The settings as they hold: each with its value and where it was told. Secrets are never shown, set or not."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, SecretStr

from telephony.configuration.environment import variable
from telephony.configuration.fields import field_shape
from telephony.configuration.reference import toml_value

_HIDDEN: Final = "••••"
_CREDENTIALS: Final = re.compile(r"://[^/@\s\"]*@")
_QUERY: Final = re.compile(r"(://[^\s\"?]*\?)[^\s\"]+")
"""Of an address: where people put keys."""


class SettingOrigin(StrEnum):
    """Where a setting was told."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


class EffectiveSetting(NamedTuple):
    """One setting as it holds."""

    name: str
    """``http.port``, ``pbx.0.host``."""
    value: str
    """As TOML has it; a secret that is set is dots, one that is not is empty."""
    origin: SettingOrigin
    secret: bool


def effective(settings: BaseModel, environ: Mapping[str, str]) -> tuple[EffectiveSetting, ...]:
    """Return all settings that hold, in the order of docs/settings.md.

    Args:
        settings: as they were loaded.
        environ: the environment that they were loaded with.
    """
    return tuple(_walk(settings, (), frozenset(environ)))


def _walk(section: BaseModel, path: tuple[Any, ...], variables: frozenset[str]) -> Iterator[EffectiveSetting]:
    for key, field in type(section).model_fields.items():
        value, here = getattr(section, key), (*path, key)
        found = field_shape(field)
        if found.section is None:
            yield _one(section, key, value, here, variables)
        elif found.many:
            for index, item in enumerate(value):
                yield from _walk(item, (*here, index), variables)
        elif found.keyed:
            for name, item in value.items():
                yield from _walk(item, (*here, name), variables)
        elif value is not None:
            yield from _walk(value, here, variables)


def _one(
    section: BaseModel, key: str, value: object, path: tuple[Any, ...], variables: frozenset[str]
) -> EffectiveSetting:
    answer = variable(path) in variables
    origin = SettingOrigin.FILE if key in section.model_fields_set else SettingOrigin.DEFAULT
    secret = field_shape(type(section).model_fields[key]).secret
    return EffectiveSetting(
        ".".join(str(part) for part in path),
        _shown(value, secret=secret),
        SettingOrigin.ENVIRONMENT if answer else origin,
        secret,
    )


def _shown(value: object, *, secret: bool) -> str:
    if secret:
        return _HIDDEN if _is_set(value) else ""
    if value is None:
        return ""
    return _QUERY.sub(rf"\1{_HIDDEN}", _CREDENTIALS.sub(f"://{_HIDDEN}@", toml_value(value)))


def _is_set(value: object) -> bool:
    if isinstance(value, SecretStr):
        return bool(value.get_secret_value())
    return bool(value)
