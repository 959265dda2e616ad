"""The settings' documents are written from the classes, and are current."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from service import Settings
from telephony.configuration.reference import reference, sample, toml_value
from telephony.settings import TelephonySettings

ROOT = Path(__file__).parents[4]


def test_the_sample_is_toml_that_the_classes_accept() -> None:
    TelephonySettings.model_validate(tomllib.loads(sample(TelephonySettings)))


def test_every_line_of_the_sample_can_be_uncommented() -> None:
    """Only what has no default (``there =``) must be filled in first."""
    lines = [line.removeprefix("#") for line in sample(TelephonySettings).splitlines() if not line.startswith("# ")]
    told = tomllib.loads("\n".join(line for line in lines if not line.endswith("=")))
    try:
        TelephonySettings.model_validate(told)
    except ValidationError as error:
        assert {wrong["type"] for wrong in error.errors()} == {"missing"}  # noqa: PT017


def test_the_reference_shows_no_secret_and_names_each_variable() -> None:
    text = reference(TelephonySettings)
    assert '| `secret` | secret | `""` |' in text
    assert "`RINGBACK_PBX__0__HOST`" in text
    assert "SecretStr" not in text


def test_docs_and_sample_are_current() -> None:
    """`make docs` was run after the last change of a settings class."""
    assert (ROOT / "docs/settings.md").read_text() == reference(Settings)
    assert (ROOT / "deploy/ringback.toml").read_text() == sample(Settings)


def test_defaults_are_written_as_toml() -> None:
    assert toml_value((1, "a", True, 0.5)) == '[1, "a", true, 0.5]'
    assert tomllib.loads(f"x = {toml_value({'+380': 'uk', 'é': 1})}") == {"x": {"+380": "uk", "é": 1}}
