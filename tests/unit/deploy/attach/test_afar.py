"""``ringback attach --on``: its scripts by a real shell, over a stand-in for ssh that runs here what it is given."""

import argparse
import io
import tarfile
from pathlib import Path

import pytest

from deploy.attach.afar.collected import unpack
from deploy.attach.afar.orders import packed
from deploy.attach.afar.pipe import Pipe, opened_pipe
from deploy.attach.command import add_attach_arguments, wishes_of
from deploy.attach.errors import AttachError
from deploy.attach.plan import FileChange, FolderChange
from deploy.attach.reading.distributions import Distribution, all_marks
from deploy.attach.survey import survey

_SSH = """#!/bin/sh
for last; do :; done
exec sh -c "$last"
"""
_CONSOLE = """#!/bin/sh
case $2 in
  'pjsip show endpoints') printf ' Endpoint:  103/103     Not in use   0 of inf\\n' ;;
  'pjsip show endpoint 103') printf ' callerid : Iryna <103>\\n context : from-internal\\n' ;;
  'core show version') echo 'Asterisk 22.10.1 built' ;;
  *) echo "$2" >> CALLS ;;
esac
"""


class Far:
    """Another machine, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.etc = folder / "etc"
        self.web = folder / "web"
        self.state = folder / "state"
        for made in (self.etc, self.web, folder / "log", folder / "monitor"):
            made.mkdir()
        self.conf = self.etc / "asterisk.conf"
        self.conf.write_text(f"[directories]\nastetcdir => {self.etc} ; here\n")
        (self.etc / "manager.conf").write_text("[general]\nenabled = yes\n[panel]\nsecret = needed")
        (self.etc / "pjsip.conf").write_text(
            "[101]\ntype=endpoint\nauth=101\naors=101\ncontext=from-internal\n[101]\ntype=auth\npassword=hunter2\n"
            "[101]\ntype=aor\nmax_contacts=1\n"
        )
        (self.web / "extensions.conf").write_text("[from-internal]\nexten => 1,1,NoOp()\n")
        (self.etc / "extensions.conf").symlink_to(self.web / "extensions.conf")
        (self.etc / "extensions_additional.conf").write_text("")
        (self.etc / "voicemail.conf").write_text("[default]\n101 => 4711,Olena\n")
        ssh, console = folder / "ssh", folder / "asterisk"
        ssh.write_text(_SSH)
        self.calls = folder / "calls"
        console.write_text(_CONSOLE.replace("CALLS", str(self.calls)))
        for program in (ssh, console):
            program.chmod(0o755)
        self.pipe = Pipe([str(ssh)], "root@pbx")
        self.console = str(console)

    def collect(self) -> bytes:
        return self.pipe.run("collect.sh", str(self.conf), self.console, *all_marks())

    def apply(self, *files: FileChange, folders: tuple[FolderChange, ...] = (), commands: tuple[str, ...] = ()) -> str:
        return self.pipe.run("apply.sh", str(self.state), self.console, given=packed(files, folders, commands)).decode()

    def undo(self) -> str:
        return self.pipe.run("undo.sh", str(self.state), self.console).decode()

    def change(self, name: str, after: str, *, secret: bool = False) -> FileChange:
        path = self.etc / name
        before = path.read_text() if path.exists() else None
        return FileChange(str(path), before, after, str(self.etc / "manager.conf"), secret)


@pytest.fixture
def far(tmp_path: Path) -> Far:
    return Far(tmp_path)


def standing(folder: Path) -> dict[str, tuple[object, ...]]:
    return {
        str(path): (path.readlink(),) if path.is_symlink() else (path.read_bytes(), path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_is_collected_is_read_like_a_tree_of_ones_own_and_has_no_secret_that_is_not_needed(
    far: Far, tmp_path: Path
) -> None:
    before = standing(far.etc)
    sent = far.collect()
    assert standing(far.etc) == before
    assert b"hunter2" not in sent
    assert b"4711" not in sent
    assert b"secret = needed" in sent  # of a file that we may write
    (tmp_path / "copy").mkdir()
    machine = unpack(sent, tmp_path / "copy")
    found = survey(machine, str(far.conf))
    assert found.distribution is Distribution.FREEPBX
    assert found.version == "22.10.1"
    assert [phone.number for phone in found.endpoints.phones] == ["101", "103"]
    assert machine.is_link(str(far.etc / "extensions.conf"), str(far.etc))
    assert machine.text(str(far.etc / "extensions.conf")).startswith("[from-internal]")
    assert machine.orders == []
    machine.ask("dialplan reload")
    assert machine.orders == ["dialplan reload"]


def test_what_was_written_is_put_back_to_the_byte_with_modes_and_twice_written_files_too(far: Far) -> None:
    (far.etc / "manager.conf").chmod(0o640)
    before = standing(far.etc)
    text = (far.etc / "manager.conf").read_text()
    monitor = far.etc.parent / "monitor" / "ringback"
    said = far.apply(
        far.change("manager.conf", f"{text}\nline one"),
        far.change("ringback.conf", "x\n", secret=True),
        folders=(FolderChange(str(monitor), "root", "root", 0o2770),),
        commands=("manager reload",),
    )
    assert f"wrote {far.etc}/ringback.conf" in said
    assert far.calls.read_text() == "manager reload\n"
    assert (far.etc / "manager.conf").read_text() == f"{text}\nline one"
    assert (far.etc / "manager.conf").stat().st_mode & 0o777 == 0o640
    assert (far.etc / "ringback.conf").stat().st_mode & 0o7777 == 0o640
    assert monitor.stat().st_mode & 0o7777 == 0o2770
    far.apply(far.change("manager.conf", "again\n"))
    assert "put back" in far.undo()
    assert standing(far.etc) == before
    assert not monitor.exists()
    assert not far.state.exists()
    assert "nothing to undo" in far.undo()


def test_a_file_that_somebody_edited_since_loses_our_block_and_nothing_else(far: Far) -> None:
    block = "; --- ringback attach: begin (x)\nours\n; --- ringback attach: end\n"
    text = (far.etc / "manager.conf").read_text()
    joint = "\n; (ringback attach added the line break before this line)\n"
    far.apply(far.change("manager.conf", text + joint + block), far.change("own.conf", block))
    with (far.etc / "manager.conf").open("a") as edited:
        edited.write("theirs\n")
    (far.etc / "own.conf").write_text("all theirs\n")
    said = far.undo()
    assert (far.etc / "manager.conf").read_text() == f"{text}\ntheirs\n"
    assert (far.etc / "own.conf").read_text() == "all theirs\n"
    assert "only our lines" in said
    assert "left as it is" in said


def test_nothing_is_written_if_one_file_changed_or_is_a_link(far: Far) -> None:
    before = standing(far.etc)
    stale = far.change("manager.conf", "new")._replace(before="what was there yesterday")
    with pytest.raises(AttachError, match="changed by somebody"):
        far.apply(far.change("new.conf", "x"), stale)
    linked = FileChange(str(far.etc / "extensions.conf"), (far.web / "extensions.conf").read_text(), "x")
    with pytest.raises(AttachError, match="is a link"):
        far.apply(far.change("new.conf", "x"), linked)
    (far.etc.parent / "aside").symlink_to(far.etc)
    with pytest.raises(AttachError, match="no folder of its own"):
        far.apply(FileChange(str(far.etc.parent / "aside" / "new.conf"), None, "x"))
    assert standing(far.etc) == before
    far.apply(far.change("new.conf", "x"))  # no lock is left


def test_what_another_machine_sends_lands_in_its_folder_only(tmp_path: Path) -> None:
    def tar(*entries: tuple[str, str]) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            for name, link in entries:
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
                archive.addfile(entry)
        return out.getvalue()

    for number, hostile in enumerate(
        (tar(("../out", "")), tar(("a/../../out", "")), tar(("a", str(tmp_path)), ("a/out", "")), b"motd: hello")
    ):
        folder = tmp_path / f"copy{number}"
        folder.mkdir()
        with pytest.raises(AttachError):
            unpack(hostile, folder)
    folder = tmp_path / "absolute"
    folder.mkdir()
    unpack(tar((str(tmp_path / "out"), "")), folder)
    assert not (tmp_path / "out").exists()


def test_a_host_is_no_option_and_paths_hold_no_signs_of_the_plans_own() -> None:
    for wrong in ("-oProxyCommand=x", "", "a b", "a;b"):
        with pytest.raises(AttachError, match="--on"), opened_pipe("ssh", wrong):
            pass
    with pytest.raises(AttachError, match="sign"):
        packed([FileChange("/etc/a|b", None, "x")], [], [])
    parser = argparse.ArgumentParser()
    add_attach_arguments(parser)
    with pytest.raises(AttachError, match="--root"):
        wishes_of(parser.parse_args(["--on", "root@pbx", "--root", "/copy"]))
    assert wishes_of(parser.parse_args(["--on", "root@pbx", "--mounted", "/mnt/"])).mounted == "/mnt"
