"""The systemd unit fits the program that it starts."""

import configparser
import re
from pathlib import Path

import service
from telephony.commands import line
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
    assert asked.config == Path("/etc/ringback/ringback.toml")


def test_it_waits_for_ready_watches_and_gives_time_to_stop() -> None:
    unit = settings()
    assert unit["Type"] == "notify"
    assert int(unit["WatchdogSec"]) > 0
    assert int(unit["TimeoutStopSec"]) > STOP_SECONDS


def test_wrong_settings_are_not_tried_again() -> None:
    assert int(settings()["RestartPreventExitStatus"]) == service.WRONG_SETTINGS


def test_it_may_write_where_the_settings_put_things() -> None:
    written = service.Settings()
    state = Path("/var/lib") / settings()["StateDirectory"]
    for folder in (written.database.folder, written.recording.folder, written.voice.folder):
        assert folder.is_relative_to(state)
    assert settings()["ReadWritePaths"].removeprefix("-") == written.recording.pbx_folder


def test_every_file_that_the_guide_names_is_there() -> None:
    guide = ROOT / "docs/operators-guide.md"
    links = re.findall(r"\]\((\.\./[^)#]+)\)", guide.read_text())
    assert len(links) >= 4
    assert [link for link in links if not (guide.parent / link).exists()] == []
