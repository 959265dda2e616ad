"""`ringback check` warns of rights that are too wide, and of a capture nobody but its owner reads."""

import os
import stat
from pathlib import Path

import pytest

from telephony.ami.capture import Capture
from telephony.checkup import rights
from telephony.checkup.rights import check_rights
from telephony.settings import DatabaseSettings, RecordingSettings, TelephonySettings, VoiceSettings


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that everybody can reach (pytest's own is its user's alone)."""
    import tempfile  # noqa: PLC0415 - for this only

    folder = Path(tempfile.mkdtemp(prefix="rb-rights-"))
    folder.chmod(0o755)
    monkeypatch.setattr(rights, "groups_of", lambda _user: frozenset())
    return folder


def settings(place: Path) -> TelephonySettings:
    for name, mode in (("kept", 0o750), ("spool", 0o750), ("prompts", 0o750)):
        (place / name).mkdir()
        (place / name).chmod(mode)
    (place / "ringback.toml").write_text("")
    (place / "ringback.toml").chmod(0o600)
    return TelephonySettings(
        recording=RecordingSettings(folder=place / "kept"),
        database=DatabaseSettings(spool_folder=place / "spool"),
        voice=VoiceSettings(folder=place / "prompts"),
    )


async def warnings(told: TelephonySettings, file: Path) -> list[str]:
    return [finding.said async for finding in check_rights(told, file) if finding.verdict == "warn"]


async def test_tight_rights_are_not_complained_of(place: Path) -> None:
    assert await warnings(settings(place), place / "ringback.toml") == []


async def test_settings_and_recordings_that_everybody_reads_are_told(place: Path) -> None:
    told = settings(place)
    (place / "ringback.toml").chmod(0o644)
    (place / "kept").chmod(0o755)
    first, second = await warnings(told, place / "ringback.toml")
    assert "secrets" in first
    assert "recordings" in second


async def test_the_pbxs_user_in_our_group_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = settings(place)
    monkeypatch.setattr(rights, "groups_of", lambda _user: frozenset({(place / "kept").stat().st_gid}))
    monkeypatch.setattr(rights, "_prompts", lambda _folder: None)
    (warning,) = await warnings(told, place / "ringback.toml")
    assert "the PBX's user asterisk reads kept recordings" in warning


def test_a_capture_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (tmp_path / "old").write_bytes(b"")
        (tmp_path / "old").chmod(0o666)
        for name in ("new", "old"):
            Capture(tmp_path / name).close()
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    finally:
        os.umask(before)
