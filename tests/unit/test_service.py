"""The command line, read as a stranger reads it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import service

ROOT = Path(__file__).parents[2]


def output(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        code = service.main(words)
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RINGBACK_")]:
        monkeypatch.delenv(name)


def test_help_names_every_command_and_where_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = output(capsys, "--help")
    assert code == 0
    assert all(command in said for command in ("run", "demo", "check", "replay", "callbacks", "settings"))
    assert "ringback demo" in said


@pytest.mark.parametrize("command", list(service.COMMANDS))
def test_every_command_has_a_help_of_its_own(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = output(capsys, command, "--help")
    assert code == 0
    assert said.startswith(f"usage: ringback {command}")
    assert "\n  -h, --help" in said


def test_without_a_command_the_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, complaint = output(capsys)
    assert code == 2
    assert "usage: ringback" in complaint


@pytest.mark.parametrize("command", ["run", "check"])
def test_without_settings_it_says_what_is_missing_and_where_it_looked(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, complaint = output(capsys, command)
    assert code == 2
    assert "pbx.0.secret: missing" in said + complaint
    assert "No settings file was found here (ringback.toml) or in /etc/ringback" in said + complaint


def test_a_named_file_that_is_missing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, complaint = output(capsys, "run", "--config", "nowhere.toml")
    assert (code, complaint) == (
        2,
        "ringback: nowhere.toml: no such settings file. Create it, or correct the path.\n",
    )


def test_the_config_may_stand_anywhere_but_not_where_it_means_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere.toml: no such" in output(capsys, "--config", "nowhere.toml", "run")[2]
    assert "nowhere.toml: no such" in output(capsys, "callbacks", "list", "--config=nowhere.toml")[2]
    code, _, complaint = output(capsys, "settings", "--config", "x")
    assert code == 2
    assert "reads no settings" in complaint


def test_the_sample_that_is_printed_is_a_settings_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = output(capsys, "settings", "--sample")
    assert code == 0
    service.Settings.model_validate(tomllib.loads(said))


def test_a_reader_who_has_had_enough_is_no_error() -> None:
    command = f"{sys.executable} -m service settings | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S602
    assert done.stdout == "# Settings\n"
    assert done.stderr == ""


def test_only_the_asked_commands_imports_are_made() -> None:
    """Help must not wait for a database driver."""
    program = "import sys, service; service.main(['settings']); print('asyncpg' in sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stderr == "False\n"
