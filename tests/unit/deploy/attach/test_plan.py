"""What attach finds in each PBX's tree, where it would put what, and that undoing leaves every byte as it was."""

import argparse
import contextlib
import os
import tomllib
from pathlib import Path

import pytest

from deploy.attach import showing, texts, undoing
from deploy.attach.applying import apply
from deploy.attach.command import AttachWishes, add_attach_arguments, run_attach, wishes_of
from deploy.attach.errors import AttachError
from deploy.attach.facts import Survey
from deploy.attach.journal import Journal, Step, digest, open_journal
from deploy.attach.machine import Machine
from deploy.attach.plan import AttachPlan, make_plan
from deploy.attach.reading.tree import ConfTree, read_tree
from deploy.attach.settings_file import AmiLogin, is_nobodys, settings_text
from deploy.attach.survey import survey
from deploy.attach.undoing import UndoWay, WrittenOnce, undo_way
from telephony.settings import TelephonySettings
from tests.unit.deploy.attach.pbxs import DEBIAN, ETC, EVERY, FREEPBX, MIKOPBX, PlantedPbx, plant

CONF = f"{ETC}/asterisk.conf"
LOGIN = AmiLogin("ringback", "s3cr3t-of-ours", 5038)


def plan_of(root: Path) -> AttachPlan:
    machine = Machine(root)
    found = survey(machine, CONF)
    text = settings_text(found, LOGIN)
    return make_plan(found, LOGIN, TelephonySettings(), text, "/etc/ringback/ringback.toml", machine.text_or_none)


def standing(root: Path) -> dict[str, tuple[object, ...]]:
    """Every file and link below, but the journal."""
    return {
        str(path.relative_to(root)): (path.readlink(),)
        if path.is_symlink()
        else (path.read_bytes(), path.stat().st_mode, path.stat().st_uid, path.stat().st_gid)
        for path in sorted(root.rglob("*"))
        if (path.is_symlink() or path.is_file()) and "ringback-attach" not in str(path)
    }


def undo(root: Path) -> dict[str, UndoWay]:
    machine = Machine(root)
    with open_journal(root / "var/lib/ringback-attach") as journal:
        ways = dict(undoing.undo_files(machine, journal))
        list(undoing.undo_folders(machine, journal))
        journal.forget()
    return ways


def attach(root: Path) -> None:
    machine = Machine(root)
    with open_journal(root / "var/lib/ringback-attach") as journal:
        list(apply(machine, journal, plan_of(root)))


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


@pytest.mark.parametrize("name", EVERY)
def test_attached_it_is_as_we_need_it_a_second_time_changes_nothing_and_undone_it_is_as_it_was(
    name: str, tmp_path: Path
) -> None:
    plant(tmp_path, EVERY[name])
    before = standing(tmp_path)
    attach(tmp_path)
    trees = survey_with_ours(tmp_path)
    assert trees["manager"].value("ringback", "permit") == "127.0.0.1/255.255.255.255"
    assert trees["manager"].value("general", "timestampevents") == "yes"
    cel = {key: trees["cel"].value("general", key) for key in ("enable", "events", "dateformat")}
    assert cel == {"enable": "yes", "events": "ALL", "dateformat": ""}
    assert "ringback-manager" in [section.name for section in trees["extensions"].real()]
    assert [link for link in EVERY[name].links if not (tmp_path / link.lstrip("/")).is_symlink()] == []
    assert plan_of(tmp_path).files == []
    assert (tmp_path / "etc/ringback/ringback.toml").stat().st_mode & 0o777 == 0o600
    undo(tmp_path)
    assert standing(tmp_path) == before


def survey_with_ours(root: Path) -> dict[str, ConfTree]:
    return {name: read_tree(Machine(root), f"{ETC}/{name}.conf", ETC) for name in ("manager", "cel", "extensions")}


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


class PowerCut(Exception):
    """The machine is gone."""


class CutJournal(Journal):
    """One that loses power at the n-th step: before it is written down, or right after."""

    def __init__(self, folder: Path, steps: int, *, written: bool) -> None:
        super().__init__(folder)
        self._left = steps
        self._written = written

    def note(self, step: Step) -> None:
        self._left -= 1
        if self._left < 0 and not self._written:
            raise PowerCut
        super().note(step)
        if self._left < 0:
            raise PowerCut


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("steps", range(0, 20, 2))
def test_a_power_cut_at_any_step_is_undone_to_the_byte(steps: int, tmp_path: Path, *, written: bool) -> None:
    before = standing(plant(tmp_path, FREEPBX))
    state = tmp_path / "var/lib/ringback-attach"
    (state / "copies").mkdir(parents=True)
    with contextlib.suppress(PowerCut):
        list(apply(Machine(tmp_path), CutJournal(state, steps, written=written), plan_of(tmp_path)))
    with (state / "journal.jsonl").open("ab") as file:
        file.write(b'{"kind": "file", "pa')  # torn in the middle of a line
    undo(tmp_path)
    assert standing(tmp_path) == before


def test_what_somebody_edited_since_is_kept_and_only_ours_goes(tmp_path: Path) -> None:
    plant(tmp_path, FREEPBX)
    before = standing(tmp_path)
    attach(tmp_path)
    custom = tmp_path / "etc/asterisk/manager_custom.conf"
    custom.write_text(custom.read_text() + "[later]\nsecret = theirs\n")
    replaced = tmp_path / "etc/asterisk/extensions_custom.conf"
    replaced.write_text("[from-internal-custom]\n; somebody restored an old copy\n")
    own = tmp_path / "etc/asterisk/ringback.conf"
    own.write_text(own.read_text() + "\n; a note\n")
    ways = undo(tmp_path)
    assert custom.read_text() == "[wallboard]\nsecret = other\nread = call\n[later]\nsecret = theirs\n"
    assert replaced.read_text() == "[from-internal-custom]\n; somebody restored an old copy\n"
    assert own.read_text() == "\n; a note\n"
    assert ways[f"{ETC}/manager_custom.conf"] is UndoWay.TAKE_OUT
    assert ways[f"{ETC}/extensions_custom.conf"] is UndoWay.LEAVE
    changed = {"etc/asterisk/manager_custom.conf", "etc/asterisk/extensions_custom.conf", "etc/asterisk/ringback.conf"}
    assert {name: kept for name, kept in standing(tmp_path).items() if name not in changed} == {
        name: kept for name, kept in before.items() if name not in changed
    }


def test_freepbx_writes_its_own_files_anew_and_undo_touches_none_of_them(tmp_path: Path) -> None:
    plant(tmp_path, FREEPBX)
    attach(tmp_path)
    generated = tmp_path / "etc/asterisk/extensions_additional.conf"
    generated.write_text(generated.read_text() + "[new-route]\n")
    for file in (tmp_path / "etc/asterisk").glob("*.conf"):
        if not file.is_symlink():
            file.chmod(0o664)  # `fwconsole chown`
    undo(tmp_path)
    assert generated.read_text().endswith("[new-route]\n")
    custom = tmp_path / "etc/asterisk/manager_custom.conf"
    assert custom.read_text() == FREEPBX.files[f"{ETC}/manager_custom.conf"]
    assert custom.stat().st_mode & 0o777 == 0o640


def test_a_link_is_never_written_through(tmp_path: Path) -> None:
    files = {path: text for path, text in DEBIAN.files.items() if path != f"{ETC}/cel.conf"}
    plant(
        tmp_path,
        PlantedPbx(
            {**files, "/srv/repo/cel.conf": DEBIAN.files[f"{ETC}/cel.conf"]}, {f"{ETC}/cel.conf": "/srv/repo/cel.conf"}
        ),
    )
    plan = plan_of(tmp_path)
    assert f"{ETC}/cel.conf" not in [change.path for change in plan.files]
    assert "is a link" in plan.notes[0]
    attach(tmp_path)
    assert (tmp_path / "srv/repo/cel.conf").read_text() == DEBIAN.files[f"{ETC}/cel.conf"]


def test_a_link_that_is_put_there_after_the_plan_is_not_followed(tmp_path: Path) -> None:
    plant(tmp_path, DEBIAN)
    plan = plan_of(tmp_path)
    secret = tmp_path / "shadow"
    secret.write_text(DEBIAN.files[f"{ETC}/cel.conf"])
    (tmp_path / "etc/asterisk/cel.conf").unlink()
    (tmp_path / "etc/asterisk/cel.conf").symlink_to(secret)
    with open_journal(tmp_path / "var/lib/ringback-attach") as journal, pytest.raises(AttachError, match="link"):
        list(apply(Machine(tmp_path), journal, plan))
    assert secret.read_text() == DEBIAN.files[f"{ETC}/cel.conf"]


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


MARKED = b"; --- ringback attach: begin x\n; --- ringback attach: end\n"


@pytest.mark.parametrize(
    ("before", "now", "way"),
    [
        (b"a", b"a", UndoWay.NOTHING),
        (b"a", b"ours", UndoWay.RESTORE),
        (None, b"ours", UndoWay.REMOVE),
        (b"a", None, UndoWay.NOTHING),
        (b"a\n", b"a\n" + MARKED, UndoWay.RESTORE),
        (b"a\n", b"b\n" + MARKED, UndoWay.TAKE_OUT),
        (None, MARKED + b"\n", UndoWay.REMOVE),
        (b"a", b"b", UndoWay.LEAVE),
    ],
)
def test_how_a_file_is_put_back(before: bytes | None, now: bytes | None, way: UndoWay) -> None:
    assert undo_way([WrittenOnce(before, digest(b"ours"))], now).way is way


def test_what_was_edited_between_two_attaches_stays(tmp_path: Path) -> None:
    plant(tmp_path, DEBIAN)
    attach(tmp_path)
    file = tmp_path / "etc/asterisk/cel.conf"
    file.write_text(
        file.read_text().replace("[radius]", "[radius]\nusegmtime = yes").replace("enable = yes", "enable = no")
    )
    attach(tmp_path)
    assert "enable = yes" in file.read_text()
    undo(tmp_path)
    assert file.read_text() == DEBIAN.files[f"{ETC}/cel.conf"].replace("[radius]", "[radius]\nusegmtime = yes")


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
