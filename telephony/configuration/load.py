"""Finding, reading and checking the settings."""

import os
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from telephony.configuration.complaints import Origins, complaints
from telephony.configuration.environment import overlay
from telephony.configuration.fields import FILE_SUFFIX, field_shape
from telephony.errors import SettingsError

Model = TypeVar("Model", bound=BaseModel)

STANDARD_INPUT = Path("-")
"""For a user who may not open the file: whoever may gives it to them open (`--config - < ringback.toml`)."""
CONFIG_VARIABLE = "RINGBACK_CONFIG"
PLACES = (Path("ringback.toml"), Path("/etc/ringback/ringback.toml"))


class SettingsText(NamedTuple):
    """A settings file's text, and where it was."""

    file: Path | None
    text: str


def find(named: Path | None, environ: Mapping[str, str], places: tuple[Path, ...] = ()) -> Path | None:
    """Choose the file: the one named, else that of ``RINGBACK_CONFIG``, else the first of ``places`` that exists.

    Returns None if there is none; then defaults and the environment are all there is. A named file is not looked for
    here: `load` says so if it is missing.
    """
    if named is not None:
        return named
    if environ.get(CONFIG_VARIABLE):
        return Path(environ[CONFIG_VARIABLE])
    return next((place for place in places or PLACES if place.exists()), None)


def load(model: type[Model], file: Path | None, environ: Mapping[str, str] | None = None) -> Model:
    """Read ``file`` (None: nothing but defaults) and the environment into ``model``.

    Raises:
        SettingsError: a file is missing or unreadable, or any setting is wrong; all complaints at once, a line each.
    """
    found = SettingsText(file, _read(file, "settings") if file else "")
    values = _parse(found)
    variables = overlay(model, values, os.environ if environ is None else environ)
    origins = Origins(found.file, found.text, variables)
    _fetch_secrets(model, values, origins)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # `from None`: pydantic's own text would show the values, secrets among them.
        raise SettingsError(complaints(model, error, origins)) from None


@cache
def _standard_input() -> str:
    return sys.stdin.read()


def _read(file: Path, what: str) -> str:
    try:
        if file == STANDARD_INPUT:
            return _standard_input()
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(f"{file}: no such {what} file. Create it, or correct the path.") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}. Check its owner and mode.") from None


def _parse(found: SettingsText) -> dict[str, Any]:
    try:
        return tomllib.loads(found.text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{found.file}: not TOML: {error}. Text wants quotes, lists want [ ].") from None


def _fetch_secrets(model: type[BaseModel], values: object, origins: Origins, path: tuple[Any, ...] = ()) -> None:
    """Replace ``secret_file = "..."`` by the secret itself, wherever a secret has such a sibling."""
    if not isinstance(values, dict):
        return
    for key, field in model.model_fields.items():
        found = field_shape(field)
        value = values.get(key)
        if found.secret and values.get(f"{key}{FILE_SUFFIX}"):
            values[key] = _secret(values, key, origins.of((*path, f"{key}{FILE_SUFFIX}")))
        elif found.section is not None and found.many and isinstance(value, list):
            for index, item in enumerate(value):
                _fetch_secrets(found.section, item, origins, (*path, key, index))
        elif found.section is not None:
            _fetch_secrets(found.section, value, origins, (*path, key))


def _secret(values: dict[str, Any], key: str, origin: str) -> str:
    if values.get(key):
        raise SettingsError(f"{origin}: `{key}` and `{key}{FILE_SUFFIX}` are both told. Keep one.")
    try:
        secret = _read(Path(str(values[f"{key}{FILE_SUFFIX}"])), "secret").strip()
    except SettingsError as error:
        raise SettingsError(f"{origin}: {key}{FILE_SUFFIX}: {error}") from None
    if not secret:
        raise SettingsError(f"{origin}: {key}{FILE_SUFFIX}: the file is empty. Write the secret into it.")
    return secret
