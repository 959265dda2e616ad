"""The Containerfiles and the compose file say what the code and the package say: ports, paths, users, names."""

import json
import re
from pathlib import Path

import pytest
import yaml

import service
from deploy.packages.others import PYTHONS
from telephony.commands import line
from telephony.configuration.load import PLACES

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy/container"
FILES = (FOLDER / "Containerfile", FOLDER / "asterisk/Containerfile")
KNOWN = {
    *("FROM", "RUN", "COPY", "USER", "WORKDIR", "VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD"),
}
SETTINGS = service.Settings()


def steps(file: Path) -> list[tuple[str, str]]:
    """Read a Containerfile: each instruction and its words."""
    text = re.sub(r"^#.*\n", "", file.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [
        (word, " ".join(rest.split())) for word, _, rest in (each.partition(" ") for each in text.splitlines() if each)
    ]


def words(file: Path, instruction: str) -> list[str]:
    return [rest for word, rest in steps(file) if word == instruction]


def compose() -> dict[str, dict[str, dict[str, list[str] | str]]]:
    read: dict[str, dict[str, dict[str, list[str] | str]]] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    return read


@pytest.mark.parametrize("file", FILES, ids=["ringback", "asterisk"])
def test_only_known_instructions_a_full_image_name_and_nobody_runs_as_root(file: Path) -> None:
    assert {word for word, _ in steps(file)} <= KNOWN
    (image,) = words(file, "FROM")
    assert re.fullmatch(r"docker\.io/library/(debian:12-slim|ubuntu:24\.04)", image)
    *_, user = words(file, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    (made,) = [run for run in words(file, "RUN") if "useradd" in run]
    assert f"--uid {user.split(':')[0]} " in made
    (look,) = words(file, "HEALTHCHECK")
    (start,) = words(file, "ENTRYPOINT")
    for command in (look[look.index("CMD ") + 4 :], start, *words(file, "CMD")):
        assert all(isinstance(word, str) for word in json.loads(command)), "a shell would not hand signals on"


def test_ours_starts_the_daemon_that_the_package_installs() -> None:
    (start,), (rest,) = words(FILES[0], "ENTRYPOINT"), words(FILES[0], "CMD")
    command: list[str] = json.loads(start) + json.loads(rest)
    program, more = command[0], command[1:]
    assert program == "/usr/bin/ringback"
    assert line.read(service.COMMANDS, more).config == PLACES[1]
    assert "dist/ringback_*.deb" in words(FILES[0], "COPY")[0]
    assert PYTHONS[0] == "3.11", "Debian 12's"


def test_its_port_and_its_volumes_are_the_settings_own() -> None:
    assert words(FILES[0], "EXPOSE") == [str(SETTINGS.http.port)]
    assert f"127.0.0.1:{SETTINGS.http.port}/healthz" in words(FILES[0], "HEALTHCHECK")[0]
    volumes = [Path(volume) for volume in json.loads(words(FILES[0], "VOLUME")[0])]
    ours = [SETTINGS.database.folder, SETTINGS.database.spool_folder, SETTINGS.recording.folder, SETTINGS.voice.folder]
    assert [folder for folder in ours if not any(folder.is_relative_to(volume) for volume in volumes)] == []


def test_the_two_containers_share_what_the_pbx_and_we_share() -> None:
    services, volumes = compose()["services"], compose()["volumes"]
    mounts = {name: dict(_mount(each) for each in services[name]["volumes"]) for name in services}
    ringback, asterisk = mounts["ringback"], mounts["asterisk"]
    assert ringback["/etc/ringback/ringback.toml"] == "./etc/ringback.toml"
    assert ringback[str(SETTINGS.voice.folder)] == asterisk[str(SETTINGS.voice.folder)]
    pbx = {"/var/log/asterisk", "/var/spool/asterisk"}
    assert all(ringback[folder] == asterisk[folder] for folder in pbx)
    for folder in (SETTINGS.recording.pbx_folder, SETTINGS.voice.messages_folder):
        assert any(Path(folder).is_relative_to(place) for place in pbx)
    named = {source for mounted in mounts.values() for source in mounted.values() if not source.startswith(".")}
    assert named == set(volumes)
    assert services["ringback"]["network_mode"] == "service:asterisk"
    assert f"127.0.0.1:{SETTINGS.http.port}:{SETTINGS.http.port}" in services["asterisk"]["ports"]
    for name in services:
        build = services[name]["build"]
        assert isinstance(build, dict)
        assert (FOLDER / build["context"] / build["dockerfile"]).is_file()
        assert services[name]["cap_drop"] == ["ALL"]


def test_one_number_for_the_pbxs_group_on_both_sides() -> None:
    numbers = {
        found for file in FILES for found in re.findall(r"groupadd --system --gid (\d+) asterisk", file.read_text())
    }
    assert len(numbers) == 1


def _mount(text: str) -> tuple[str, str]:
    source, target, *_ = text.split(":")
    return target, source
