"""Settings come from the file and the environment, and every complaint can be acted on by a stranger."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from telephony.configuration.demands import demand
from telephony.configuration.load import find, load
from telephony.errors import SettingsError
from telephony.settings import PbxSettings, TelephonySettings


class Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    seconds: int = Field(60, ge=0, description="How long it waits.")


class Ladder(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    steps: tuple[Step, ...] = ()
    names: dict[str, Step] = Field(default_factory=dict)
    token: SecretStr = SecretStr("")
    token_file: Path | None = None


class House(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    ladder: Ladder = Ladder()
    globs: tuple[str, ...] = ()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "ringback.toml"


def refusal(file: Path | None, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(TelephonySettings, file, environ or {})
    return str(caught.value)


def test_defaults_alone_are_settings() -> None:
    assert load(TelephonySettings, None, {}) == TelephonySettings()


def test_a_file_and_variables_over_it(config: Path) -> None:
    config.write_text('[http]\nport = 8481\nhost = "0.0.0.0"\n[[pbx]]\nname = "kyiv"\nsecret = "s"\n')
    got = load(
        TelephonySettings,
        config,
        {
            "RINGBACK_HTTP__PORT": "8500",
            "RINGBACK_PBX__0__TRUNKS": "PJSIP/a-*, PJSIP/b-*",
            "RINGBACK_PBX__1__NAME": "lviv",
            "RINGBACK_PBX__1__TLS": "yes",
            "RINGBACK_PBX__1__TRUNK_CONTEXTS": '["from,trunk"]',
            "HOME": "/root",
        },
    )
    assert (got.http.host, got.http.port) == ("0.0.0.0", 8500)  # noqa: S104
    assert [pbx.name for pbx in got.pbx] == ["kyiv", "lviv"]
    assert got.pbx[0].trunks == ("PJSIP/a-*", "PJSIP/b-*")
    assert got.pbx[1].tls
    assert got.pbx[1].trunk_contexts == ("from,trunk",)


def test_variables_reach_lists_and_tables_with_names_of_ones_own() -> None:
    got = load(
        House,
        None,
        {
            "RINGBACK_LADDER__STEPS__0__SECONDS": "5",
            "RINGBACK_LADDER__STEPS__1__SECONDS": "6",
            "RINGBACK_LADDER__NAMES__OWNER__SECONDS": "7",
            "RINGBACK_GLOBS": "",
        },
    )
    assert [step.seconds for step in got.ladder.steps] == [5, 6]
    assert got.ladder.names == {"owner": Step(seconds=7)}
    assert got.globs == ()


def test_a_named_file_that_is_missing_is_an_error(config: Path) -> None:
    assert refusal(config) == f"{config}: no such settings file. Create it, or correct the path."


def test_a_folder_instead_of_a_file_says_so(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path)


def test_bad_toml_tells_the_line(config: Path) -> None:
    config.write_text("[http]\nport = yes\n")
    text = refusal(config)
    assert text.startswith(f"{config}: not TOML:")
    assert "line 2" in text


def test_bytes_that_are_no_text_are_refused(config: Path) -> None:
    config.write_bytes(b'[http]\nhost = "\xff\xfe"\n')
    assert refusal(config) == f"{config}: not UTF-8 text (byte 15). Save it as UTF-8."


def test_a_typo_gives_file_line_and_the_right_word(config: Path) -> None:
    config.write_text("[http]\n\nprot = 8080\n")
    assert refusal(config) == f"{config}:3: http.prot: no such setting. Did you mean `port`?"


def test_a_key_in_the_wrong_table_tells_where_it_belongs(config: Path) -> None:
    config.write_text('trunks = ["PJSIP/a-*"]\n')
    assert refusal(config) == f"{config}:1: trunks: no such setting. It belongs under [[pbx]]."


def test_all_complaints_come_at_once_with_their_lines(config: Path) -> None:
    config.write_text('[http]\nport = 70000\n[[pbx]]\nname = "a"\n[[pbx]]\nname = "B!"\n# port = 1\nport = 0\n')
    lines = refusal(config).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{config}:6", "pbx.1.name"],
        [f"{config}:8", "pbx.1.port"],
        [f"{config}:2", "http.port"],
    ]
    assert "less than or equal to 65535, not 70000" in lines[2]
    assert "Default: 8480" in lines[2]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("RINGBACK_HTTP__PROT", "1", "RINGBACK_HTTP__PROT: no such setting in http. Did you mean RINGBACK_HTTP__PORT?"),
        ("RINGBACK_HTP__PORT", "1", "RINGBACK_HTP__PORT: no such setting. Did you mean RINGBACK_HTTP__PORT?"),
        ("RINGBACK_HTTP_PORT", "1", "Did you mean RINGBACK_HTTP__PORT?"),
        ("RINGBACK_HTTP__PORT", "x", "RINGBACK_HTTP__PORT: http.port: Input should be a valid integer"),
        ("RINGBACK_PBX__HOST", "x", "RINGBACK_PBX__HOST: `pbx` is a list of 0: write RINGBACK_PBX__0__... to 0."),
        ("RINGBACK_PBX__3__HOST", "x", "`pbx` is a list of 0"),
        ("RINGBACK_PBX__0", "x", "RINGBACK_PBX__0: no such setting in pbx.0."),
        ("RINGBACK_HTTP__PORT__NO", "x", "no such setting in http"),
        ("RINGBACK_PBX__0__TRUNKS", "[1", "RINGBACK_PBX__0__TRUNKS: not JSON"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str, said: str) -> None:
    assert said in refusal(None, {variable: value})


def test_other_peoples_variables_are_left_alone() -> None:
    load(TelephonySettings, None, {"RINGBACK_LAB_CACHE": "/x", "RINGBACK_CONFIG": "/y"})


def test_a_secret_can_live_in_a_file_of_its_own(config: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    config.write_text(f'[[pbx]]\nsecret_file = "{tmp_path / "secret"}"\n')
    assert load(TelephonySettings, config, {}).pbx[0].secret.get_secret_value() == "s3cret"
    nested = load(House, None, {"RINGBACK_LADDER__TOKEN_FILE": str(tmp_path / "secret")})
    assert nested.ladder.token.get_secret_value() == "s3cret"


def test_a_missing_secret_file_names_the_setting_and_the_file(config: Path) -> None:
    config.write_text('[[pbx]]\nsecret_file = "/nowhere/s"\n')
    text = f"{config}:2: secret_file: /nowhere/s: no such secret file. Create it, or correct the path."
    assert refusal(config) == text


def test_a_secret_told_twice_is_refused(config: Path, tmp_path: Path) -> None:
    config.write_text(f'[[pbx]]\nsecret = "a"\nsecret_file = "{tmp_path / "s"}"\n')
    assert refusal(config) == f"{config}:3: `secret` and `secret_file` are both told. Keep one."


def test_an_empty_secret_file_is_refused(config: Path, tmp_path: Path) -> None:
    (tmp_path / "s").write_text("\n")
    config.write_text(f'[[pbx]]\nsecret_file = "{tmp_path / "s"}"\n')
    assert "the file is empty" in refusal(config)


def test_a_secret_is_never_shown_in_a_complaint(config: Path) -> None:
    config.write_text('[database]\ndsn = ["hunter2"]\n[[pbx]]\nport = "x"\nsecret = 99887766\n')
    text = refusal(config)
    assert "hunter2" not in text
    assert "99887766" not in text


def test_find_prefers_the_named_file_then_the_variable_then_the_places(tmp_path: Path) -> None:
    here, etc = tmp_path / "here.toml", tmp_path / "etc.toml"
    etc.write_text("")
    assert find(Path("named"), {"RINGBACK_CONFIG": "v"}, (here, etc)) == Path("named")
    assert find(None, {"RINGBACK_CONFIG": "v"}, (here, etc)) == Path("v")
    assert find(None, {}, (here, etc)) == etc
    assert find(None, {}, (here,)) is None


def test_the_daemon_demands_a_secret_of_each_pbx_and_names_of_their_own() -> None:
    whole = PbxSettings(name="a", secret=SecretStr("x"))
    demand(TelephonySettings(pbx=(whole,)), None)
    with pytest.raises(SettingsError) as caught:
        demand(TelephonySettings(pbx=(whole, PbxSettings(name="a"))), Path("/etc/r.toml"))
    first, second = str(caught.value).splitlines()
    assert first.startswith("/etc/r.toml: pbx.1.name: 'a' is another PBX's, too.")
    assert second.startswith("/etc/r.toml: pbx.1.secret: missing.")
    assert "RINGBACK_PBX__1__SECRET" in second
