"""What attach finds in each PBX's tree, and where it would put what."""

import argparse
import os
import tomllib
from pathlib import Path

import pytest

from deploy.attach import showing, texts
from deploy.attach.command import add_attach_arguments, run_attach, wishes_of
from deploy.attach.errors import AttachError
from deploy.attach.facts import Survey
from deploy.attach.machine import Machine
from deploy.attach.settings_file import AmiLogin, is_nobodys, settings_text
from deploy.attach.survey import survey
from deploy.attach.wishes import AttachWishes
from telephony.settings import TelephonySettings
from tests.unit.deploy.attach.attaching import CONF, LOGIN, attach, plan_of, standing, undo
from tests.unit.deploy.attach.pbxs import DEBIAN, ETC, EVERY, FREEPBX, MIKOPBX, PlantedPbx, plant


def people(found: Survey) -> list[tuple[str, str]]:
    return [(phone.number, phone.name) for phone in found.endpoints.phones]


@pytest.mark.parametrize("name", EVERY)
def test_each_pbx_is_known_by_its_files(name: str, tmp_path: Path) -> None:
    found = survey(Machine(plant(tmp_path, EVERY[name])), CONF)
    assert found.distribution.value == name
    assert found.user == "asterisk"
    assert found.problems == ()


def test_a_plain_asterisk(tmp_path: Path) -> None:
    found = survey(Machine(plant(tmp_path, DEBIAN)), CONF)
    assert [trunk.glob for trunk in found.endpoints.trunks] == ["PJSIP/carrier-*", "PJSIP/second-*"]
    assert [(phone.number, phone.name) for phone in found.endpoints.phones] == [
        ("101", "Іван Петренко"),
        ("103", "103"),
    ]
    assert found.endpoints.unsure == ["PJSIP/door"]
    assert (found.queues, found.dids, found.time_conditions) == (("sales",), ("+380442000101",), ("hours",))
    assert found.folders.monitor == "/var/spool/asterisk/monitor"  # a template of asterisk.conf is not in force


def test_a_freepbx(tmp_path: Path) -> None:
    found = survey(Machine(plant(tmp_path, FREEPBX)), CONF)
    assert [trunk.endpoint for trunk in found.endpoints.trunks] == ["PJSIP/mycarrier", "PJSIP/incoming-gw"]
    assert [(phone.number, phone.name) for phone in found.endpoints.phones] == [
        ("101", "Olena Shevchenko"),
        ("102", "Ivan"),
    ]
    assert (found.queues, found.time_conditions) == (("500",), ("1", "2"))
    assert found.dids == ("380442000600", "380442000601")


@pytest.mark.parametrize(
    ("name", "trunks", "phones"),
    [("Issabel", ["SIP/carrier"], ["201", "202"]), ("VitalPBX", ["PJSIP/TRK1"], ["301"]), ("Wazo", [], [])],
)
def test_others(name: str, trunks: list[str], phones: list[str], tmp_path: Path) -> None:
    (tmp_path / "etc/asterisk").mkdir(parents=True)
    (tmp_path / "etc/asterisk/iax.conf").write_text(f"#exec touch {tmp_path}/was-run\n")
    found = survey(Machine(plant(tmp_path, EVERY[name])), CONF)
    assert [trunk.endpoint for trunk in found.endpoints.trunks] == trunks
    assert [phone.number for phone in found.endpoints.phones] == phones
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("Asterisk", ["manager.d/ringback.conf", "cel.conf", "cel_custom.conf", "ringback.conf", "extensions.conf"]),
        (
            "FreePBX",
            [
                "manager_custom.conf",
                "cel_general_custom.conf",
                "cel_custom.conf",
                "ringback.conf",
                "extensions_custom.conf",
            ],
        ),
        ("Issabel", ["manager_custom.conf", "cel.conf", "cel_custom.conf", "ringback.conf", "extensions_custom.conf"]),
        (
            "VitalPBX",
            [
                "vitalpbx/manager__90-ringback.conf",
                "vitalpbx/cel__90-ringback.conf",
                "cel_custom.conf",
                "vitalpbx/extensions__90-ringback.conf",
            ],
        ),
        ("Wazo", ["manager.d/ringback.conf", "cel.d/ringback.conf", "cel_custom.conf", "extensions.d/ringback.conf"]),
    ],
)
def test_where_ours_goes(name: str, paths: list[str], tmp_path: Path) -> None:
    plan = plan_of(plant(tmp_path, EVERY[name]))
    assert [change.path for change in plan.files] == [
        "/etc/ringback/ringback.toml",
        *(f"{ETC}/{path}" for path in paths),
    ]
    assert plan.notes == []


def test_mikopbx_writes_its_files_itself_so_nothing_is_written(tmp_path: Path) -> None:
    found = survey(Machine(plant(tmp_path, MIKOPBX)), CONF)
    assert found.distribution.rewrites


async def test_mikopbx_is_refused_with_what_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = standing(plant(tmp_path, MIKOPBX))
    with pytest.raises(AttachError, match=r"docs/attach\.md"):
        await run_attach(wishes(tmp_path, "--yes"), TelephonySettings, [])
    assert standing(tmp_path) == before
    assert "MikoPBX" in capsys.readouterr().out


def wishes(root: Path, *words: str) -> AttachWishes:
    parser = argparse.ArgumentParser()
    add_attach_arguments(parser)
    return wishes_of(parser.parse_args(["--root", str(root), *words]))


async def test_a_tree_is_attached_after_one_question_and_the_secret_is_never_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = standing(plant(tmp_path, FREEPBX))
    assert await run_attach(wishes(tmp_path), TelephonySettings, [], lambda _question: "no") == 1
    assert standing(tmp_path) == before
    answers = iter(["yes"])
    assert await run_attach(wishes(tmp_path), TelephonySettings, [], lambda _question: next(answers)) == 0
    said = capsys.readouterr().out
    secret = (tmp_path / "etc/ringback/ringback.toml").read_text().partition('secret = "')[2].partition('"')[0]
    assert len(secret) == 48
    assert secret not in said
    assert f"secret = {secret}" in (tmp_path / "etc/asterisk/manager_custom.conf").read_text()
    assert "s3cr3t" not in said
    assert await run_attach(wishes(tmp_path, "--yes"), TelephonySettings, []) == 0
    assert secret in (tmp_path / "etc/ringback/ringback.toml").read_text()
    assert await run_attach(wishes(tmp_path, "--undo"), TelephonySettings, []) == 0
    assert standing(tmp_path) == before
    assert not (tmp_path / "var/lib/ringback-attach").exists()
    assert await run_attach(wishes(tmp_path, "--undo"), TelephonySettings, []) == 0
    assert "nothing to undo" in capsys.readouterr().out


def test_a_user_and_a_dialplan_that_are_not_ours_stay(tmp_path: Path) -> None:
    manager = DEBIAN.files[f"{ETC}/manager.conf"] + "\n[ringback]\nsecret = theirs\n"
    plant(
        tmp_path, PlantedPbx({**DEBIAN.files, f"{ETC}/manager.conf": manager, f"{ETC}/ringback.conf": "[my-own]\n"}, {})
    )
    plan = plan_of(tmp_path)
    assert [change.path for change in plan.files] == [
        "/etc/ringback/ringback.toml",
        f"{ETC}/cel.conf",
        f"{ETC}/cel_custom.conf",
    ]
    assert len(plan.notes) == 2


def test_a_file_that_ends_within_a_comment_is_left_and_told(tmp_path: Path) -> None:
    extensions = DEBIAN.files[f"{ETC}/extensions.conf"] + ";-- switched off\n[old]\n"
    plant(tmp_path, PlantedPbx({**DEBIAN.files, f"{ETC}/extensions.conf": extensions}, {}))
    plan = plan_of(tmp_path)
    assert any("within a comment" in note for note in plan.notes)
    assert f"{ETC}/extensions.conf" not in [change.path for change in plan.files]


def test_latin_1_comes_through_byte_by_byte(tmp_path: Path) -> None:
    plant(tmp_path, DEBIAN)
    file = tmp_path / "etc/asterisk/cel.conf"
    octets = b"; caf\xe9 \xff\r\n[general]\r\n; end"
    file.write_bytes(octets)
    attach(tmp_path)
    assert b"caf\xe9 \xff\r\n" in file.read_bytes()
    undo(tmp_path)
    assert file.read_bytes() == octets


async def test_a_name_with_commands_for_the_terminal_is_shown_harmless_and_kept_without_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(tmp_path, DEBIAN)
    file = tmp_path / "etc/asterisk/pjsip.conf"
    file.write_bytes(file.read_bytes().replace("Іван".encode(), b"\x1b[2J\xe9\xe2\x80\xae" + b"x" * 300))
    found = survey(Machine(tmp_path), CONF)
    assert found.endpoints.phones[0].name.startswith("[2Jxxx")
    assert len(found.endpoints.phones[0].name) == 200
    queues = tmp_path / "etc/asterisk/queues.conf"
    queues.write_text("[\x1b[31m]\n")
    assert await run_attach(wishes(tmp_path, "--dry-run"), TelephonySettings, []) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_large_files_devices_and_links_in_a_circle_are_problems_in_words(tmp_path: Path) -> None:
    plant(tmp_path, DEBIAN)
    etc = tmp_path / "etc/asterisk"
    (etc / "queues.conf").unlink()
    (etc / "queues.conf").write_bytes(b";" * 17_000_000)
    (etc / "pjsip.conf").unlink()
    os.mkfifo(etc / "pjsip.conf")
    found = survey(Machine(tmp_path), CONF)
    assert any("too large" in problem for problem in found.problems)
    assert any("no plain file" in problem for problem in found.problems)


def test_no_asterisk_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AttachError, match="no Asterisk was found"):
        survey(Machine(tmp_path), CONF)


def test_ami_that_listens_on_one_address_of_the_network_is_reached_there(tmp_path: Path) -> None:
    manager = DEBIAN.files[f"{ETC}/manager.conf"].replace("127.0.0.1", "192.0.2.5")
    found = survey(Machine(plant(tmp_path, PlantedPbx({**DEBIAN.files, f"{ETC}/manager.conf": manager}, {}))), CONF)
    login = AmiLogin("ringback", "s", 5038, texts.ami_host(found.trees.manager))
    assert 'host = "192.0.2.5"' in settings_text(found, login)
    assert "permit = 192.0.2.5/255.255.255.255" in texts.ami_user(login, "22.10.1")


def test_secrets_are_hidden_in_what_is_shown() -> None:
    assert showing.hidden("+secret = abc") == "+secret = ••••••"
    assert showing.hidden('+dsn = "postgresql://u:p@h/d"').endswith("••••••")
    assert showing.hidden(" read = all") == " read = all"


def test_the_packages_sample_is_nobodys_and_what_somebody_filled_in_is_theirs() -> None:
    sample = Path("deploy/ringback.toml").read_text(encoding="utf-8")
    assert is_nobodys(sample)
    assert is_nobodys("")
    assert not is_nobodys(sample.replace("the secret of [ringback] in manager.conf", "abc"))
    assert not is_nobodys("not toml [")


def test_settings_that_we_write_are_settings(tmp_path: Path) -> None:
    for name, pbx in EVERY.items():
        found = survey(Machine(plant(tmp_path / name, pbx)), CONF)
        settings = TelephonySettings.model_validate(tomllib.loads(settings_text(found, LOGIN, "/srv/ours")))
        assert settings.pbx[0].trunks == tuple(trunk.glob for trunk in found.endpoints.trunks)
        assert str(settings.voice.folder) == "/srv/ours-prompts"
