"""Undoing leaves every byte as it was, whatever happened in between."""

import contextlib
from pathlib import Path

import pytest

from deploy.attach.applying import apply
from deploy.attach.errors import AttachError
from deploy.attach.journal import Journal, Step, digest, open_journal
from deploy.attach.machine import Machine
from deploy.attach.reading.tree import ConfTree, read_tree
from deploy.attach.undoing import UndoWay, WrittenOnce, undo_way
from tests.unit.deploy.attach.attaching import attach, plan_of, standing, undo
from tests.unit.deploy.attach.pbxs import DEBIAN, ETC, EVERY, FREEPBX, PlantedPbx, plant


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
