"""CRMs that packages bring: found by their entry point, checked by their own model, and no danger to the phones."""

import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError

from crm_bridge.crm.espocrm import PLUGIN
from crm_bridge.crm.plugin.definition import CrmPlugin, PluginBroken, installed, load
from crm_bridge.settings import CrmSettings
from service import Settings
from telephony.configuration.load import load as load_settings
from telephony.errors import SettingsError

GOOD = """
from crm_bridge.crm.plugin.kit import CrmPlugin, GatewaySettings
from pydantic import Field, SecretStr

class AcmeSettings(GatewaySettings):
    token: SecretStr
    floor: int = Field(1, ge=1)

PLUGIN = CrmPlugin(AcmeSettings, lambda told, given: None)
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a package where pip would, with an entry point."""

    def put(source: str, module: str = "ringback_acme", kind: str = "acme") -> None:
        info = tmp_path / f"{module}-1.2.dist-info"
        info.mkdir()
        (tmp_path / f"{module}.py").write_text(source)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[ringback.crm]\n{kind} = {module}:PLUGIN\n")

    monkeypatch.syspath_prepend(str(tmp_path))
    return put


def test_ours_is_loaded_like_a_strangers() -> None:
    assert "espocrm" in installed()
    assert load("espocrm") is PLUGIN


def test_each_of_ours_is_a_plugin() -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())["project"]
    ours = project["entry-points"]["ringback.crm"]
    assert set(ours) == {"espocrm", "suitecrm"}
    for target in ours.values():
        module, _, name = target.partition(":")
        assert isinstance(getattr(import_module(module), name), CrmPlugin)


def test_a_strangers_settings_are_checked_by_its_own_model(install: Install) -> None:
    install(GOOD, "acme_one")
    assert CrmSettings.model_validate({"plugins": {"acme": {"token": "x", "floor": 3}}}).plugins["acme"]["floor"] == 3
    with pytest.raises(ValidationError, match=r"plugins\.acme\.token: Field required; plugins\.acme\.floor: .*greater"):
        CrmSettings.model_validate({"plugins": {"acme": {"floor": 0}}})
    with pytest.raises(ValidationError, match=r"plugins\.sales\.colour: Extra inputs"):
        CrmSettings.model_validate({"plugins": {"sales": {"type": "acme", "token": "x", "colour": "red"}}})


def test_a_strangers_secret_may_stand_in_a_file_and_is_never_shown(install: Install, tmp_path: Path) -> None:
    install(GOOD, "acme_two")
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")
    plugin = load("acme")
    assert plugin.settings.model_validate({"token_file": str(secret)}).token.get_secret_value() == "s3cret"
    with pytest.raises(ValidationError, match="cannot be read"):
        plugin.settings.model_validate({"token_file": str(tmp_path / "none")})
    file = tmp_path / "ringback.toml"
    file.write_text('[crm.plugins.acme]\ntoken = "s3cret"\nfloor = 0\n')
    with pytest.raises(SettingsError) as caught:
        load_settings(Settings, file, {})
    assert "plugins.acme.floor" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import a_library_that_nobody_has\n", "ModuleNotFoundError"),
        ("raise SystemError('boom')\n", "boom"),
        ("PLUGIN = 5\n", "is no CrmPlugin but a int"),
        ("", "AttributeError"),
    ],
)
def test_what_does_not_load_names_its_package_and_leaves_the_settings_good(
    install: Install, source: str, words: str
) -> None:
    module = f"acme_broken_{abs(hash(source))}"
    install(source, module)
    with pytest.raises(PluginBroken, match=words) as caught:
        load("acme")
    assert f"{module} 1.2 (acme = {module}:PLUGIN)" in str(caught.value)
    assert CrmSettings.model_validate({"plugins": {"acme": {}}, "owners_from": "acme"}).owners_from == "acme"


def test_an_unknown_type_names_those_that_are_installed() -> None:
    with pytest.raises(PluginBroken, match=r"'espocr' \(installed: .*espocrm.*\): install its package"):
        load("espocr")


def test_our_own_crms_names_are_taken_and_owners_must_come_from_somebody() -> None:
    with pytest.raises(ValidationError, match=r"write \[crm\.odoo\]"):
        CrmSettings.model_validate({"plugins": {"odoo": {"type": "espocrm"}}})
    with pytest.raises(ValidationError, match="owners_from names nobody"):
        CrmSettings.model_validate({"owners_from": "nobody"})
