"""The systemd unit fits the program that it starts."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import service
from telephony.commands import line
from telephony.configuration.load import PLACES
from telephony.daemon.lifetime import STOP_SECONDS

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "deploy/systemd/ringback.service"


def settings() -> configparser.SectionProxy:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    return unit["Service"]


def test_its_command_is_one_that_we_understand() -> None:
    program, *words = settings()["ExecStart"].split()
    assert program.endswith("/.venv/bin/ringback")
    asked = line.read(service.COMMANDS, words)
    assert asked.config == Path("/run") / settings()["RuntimeDirectory"] / "ringback.toml"
    assert settings()["RuntimeDirectoryMode"] == "0700"


def test_the_settings_are_handed_to_it_alone_and_anew_at_a_reload() -> None:
    text = UNIT.read_text()
    owner = f"-o {settings()['User']} -g {settings()['Group']}"
    words = f"+/usr/bin/install -m 0400 {owner} {PLACES[1]} /run/ringback/ringback.toml"
    assert re.findall(r"^ExecStartPre=(.*)$", text, re.MULTILINE) == [words]
    assert re.findall(r"^ExecReload=(.*)$", text, re.MULTILINE) == [words, '/bin/sh -c "kill -HUP ${MAINPID}"']


def test_it_waits_for_ready_watches_and_gives_time_to_stop() -> None:
    unit = settings()
    assert unit["Type"] == "notify"
    assert int(unit["WatchdogSec"]) > 0
    assert int(unit["TimeoutStopSec"]) > STOP_SECONDS


def test_wrong_settings_are_not_tried_again() -> None:
    assert int(settings()["RestartPreventExitStatus"]) == service.WRONG_SETTINGS


def test_it_may_write_where_the_settings_put_things() -> None:
    written = service.Settings()
    may = [Path("/var/lib") / settings()["StateDirectory"], *map(Path, paths("ReadWritePaths"))]
    folders = [
        written.database.folder,
        written.database.spool_folder,
        written.recording.folder,
        written.voice.folder,
        Path(written.recording.pbx_folder),
        Path(written.voice.messages_folder),
    ]
    assert [folder for folder in folders if not any(folder.is_relative_to(place) for place in may)] == []


def test_what_the_pbx_reads_of_ours_is_not_below_what_it_must_not_read() -> None:
    written = service.Settings()
    state = Path("/var/lib") / settings()["StateDirectory"]
    assert not written.voice.folder.is_relative_to(state)
    for secret in (written.recording.folder, written.database.folder, written.database.spool_folder):
        assert secret.is_relative_to(state)
    assert settings()["StateDirectoryMode"] == "0750"
    guide = (ROOT / "docs/operators-guide.md").read_text()
    assert f"install -d -o ringback -g asterisk -m 2750 {written.voice.folder}" in guide
    assert "-G ringback asterisk" not in guide, "the PBX's user would read settings, secrets and recordings"


def paths(name: str) -> list[str]:
    """All values of a key that may stand several times."""
    return re.findall(rf"^{name}=-?(.+)$", UNIT.read_text(), re.MULTILINE)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize(("more", "complaint"), [("", ""), ("LoadCredentials=x", "LoadCredentials")])
def test_systemd_understands_every_line_of_it(tmp_path: Path, more: str, complaint: str) -> None:
    """Ours is not installed here: another program stands in its place. What systemd does not know, it complains of."""
    unit = tmp_path / "ringback.service"
    program = settings()["ExecStart"].split()[0]
    unit.write_text(UNIT.read_text().replace(program, sys.executable).replace("[Service]", f"[Service]\n{more}"))
    run = subprocess.run(  # noqa: S603 - our own unit
        ["systemd-analyze", "verify", "--man=no", str(unit)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "SYSTEMD_LOG_LEVEL": "warning"},
    )
    said = "\n".join(each for each in run.stderr.splitlines() if "ringback.service" in each)
    assert complaint in said
    assert bool(said) is bool(complaint), said


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_its_exposure_stays_low() -> None:
    run = subprocess.run(  # noqa: S603 - our own unit
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", str(UNIT)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if "unrecognized option" in run.stderr:
        pytest.skip("this systemd-analyze cannot look at a file")
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr


def test_every_file_that_the_guide_names_is_there() -> None:
    guide = ROOT / "docs/operators-guide.md"
    links = re.findall(r"\]\((\.\./[^)#]+)\)", guide.read_text())
    assert len(links) >= 4
    assert [link for link in links if not (guide.parent / link).exists()] == []
