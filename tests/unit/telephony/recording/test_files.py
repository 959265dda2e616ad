"""No path that a PBX tells leads out of the shared folders, and a kept file is whole or not there."""

import hashlib
import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.recording import files
from telephony.recording.errors import FileGone, FolderTrouble, OutsideShared, Unreadable
from telephony.recording.files import Shelf
from telephony.settings import SharedFolder


def shared(here: Path, there: str = "/var/spool/asterisk/monitor", pbx: str = "*") -> SharedFolder:
    return SharedFolder(pbx=pbx, there=there, here=here)


def test_the_pbx_path_becomes_ours(tmp_path: Path) -> None:
    told = "/var/spool/asterisk/monitor/2026/in-1.wav"
    assert files.locate([shared(tmp_path)], "pbx", told) == tmp_path.resolve() / "2026/in-1.wav"


def test_the_longest_folder_that_fits_the_path_and_the_pbx_counts(tmp_path: Path) -> None:
    folders = [
        shared(tmp_path / "all"),
        shared(tmp_path / "deep", "/var/spool/asterisk/monitor/deep"),
        shared(tmp_path / "other", "/var/spool/asterisk/monitor/deep", "berlin*"),
    ]
    assert files.locate(folders, "kyiv", "/var/spool/asterisk/monitor/deep/a.wav") == tmp_path.resolve() / "deep/a.wav"
    assert files.locate(folders[1:], "berlin2", "/var/spool/asterisk/monitor/deep/a.wav").parent.name in {
        "deep",
        "other",
    }
    assert files.locate(folders[2:], "berlin2", "/var/spool/asterisk/monitor/deep/a.wav").parent.name == "other"
    with pytest.raises(OutsideShared):
        files.locate(folders[2:], "kyiv", "/var/spool/asterisk/monitor/deep/a.wav")


@pytest.mark.parametrize(
    "told",
    [
        "/etc/passwd",
        "relative.wav",
        "",
        "/var/spool/asterisk/monitor/../../../../etc/passwd",
        "/var/spool/asterisk/monitor/a/../../x.wav",
        "/var/spool/asterisk/monitorevil/x.wav",
        "/var/spool/asterisk/monitor/a\0.wav",
    ],
)
def test_what_is_outside_is_refused(tmp_path: Path, told: str) -> None:
    with pytest.raises(OutsideShared):
        files.locate([shared(tmp_path)], "pbx", told)


def test_links_that_lead_out_are_refused_and_links_within_are_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    root = tmp_path / "monitor"
    (root / "real").mkdir(parents=True)
    (root / "out").symlink_to(tmp_path)
    (root / "within").symlink_to(root / "real")
    with pytest.raises(OutsideShared):
        files.locate([shared(root)], "pbx", "/var/spool/asterisk/monitor/out/secret")
    assert files.locate([shared(root)], "pbx", "/var/spool/asterisk/monitor/within/a.wav").parent == root / "real"


@given(st.text(max_size=80))
def test_any_path_is_inside_or_refused(told: str) -> None:
    root = Path("/nowhere/at/all")
    try:
        found = files.locate([shared(root, "/m")], "pbx", f"/m/{told}")
    except (OutsideShared, OSError, ValueError) as error:
        assert isinstance(error, OutsideShared), told  # noqa: PT017 - the other kinds are the failure
    else:
        assert found.is_relative_to(root)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    real, link, pipe = tmp_path / "a.wav", tmp_path / "b.wav", tmp_path / "c.wav"
    real.write_bytes(b"sound")
    link.symlink_to(real)
    os.mkfifo(pipe)
    with files.opened(real) as handle:
        assert os.read(handle, 9) == b"sound"
    for path, error in ((link, Unreadable), (pipe, Unreadable), (tmp_path, Unreadable), (tmp_path / "no", FileGone)):
        with pytest.raises(error), files.opened(path):
            pass


def test_a_kept_file_has_its_digest_and_can_be_put_twice(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    for _ in range(2):
        incoming = shelf.incoming("1.mp3")
        incoming.write_bytes(b"sound")
        stored = shelf.put(incoming, PurePosixPath("2026/11/21/a-1.mp3"))
        assert stored.sha256 == hashlib.sha256(b"sound").digest()
        assert stored.size == 5
    assert [path.name for path in (tmp_path / "shelf").rglob("*") if path.is_file()] == ["a-1.mp3"]
    assert shelf.place_of(str(stored.path)).read_bytes() == b"sound"


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", ""])
def test_a_row_written_by_hand_does_not_lead_out_of_the_shelf(tmp_path: Path, path: str) -> None:
    with pytest.raises(OutsideShared):
        Shelf(tmp_path).place_of(path)


def test_a_folder_that_cannot_be_made_says_which(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderTrouble, match=r"recording\.folder"):
        Shelf(tmp_path / "file" / "below").incoming("1.mp3")


def test_unfinished_files_are_swept_when_they_are_old(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    old, new = shelf.incoming("old"), shelf.incoming("new")
    old.write_text("x")
    new.write_text("x")
    os.utime(old, (1, 1))
    assert shelf.sweep(3600) == 1
    assert new.exists()
    assert not old.exists()


def test_our_tapes_are_found_by_their_channels(tmp_path: Path) -> None:
    for name in ("rb-1.1-5-c.raw", "rb-1.12-5-c.raw", "rb-2.1-5-m.raw", "in-1.1.wav"):
        (tmp_path / name).write_text("x")
    assert files.find_tapes(tmp_path, ["1.1", "2.1"]) == ["rb-1.1-5-c.raw", "rb-2.1-5-m.raw"]
    assert files.find_tapes(tmp_path / "missing", ["1.1"]) == []
