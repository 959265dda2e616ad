"""What the daemon's user can read is judged by modes and groups, whoever runs the check."""

import os
from pathlib import Path

from telephony.checkup.findings import CheckFinding
from telephony.checkup.readable import FileUser, check_readable
from telephony.settings import RecordingSettings, SharedFolder

STRANGER = FileUser("ringback", 54321, frozenset())
MEMBER = FileUser("ringback", 54321, frozenset({os.getegid()}))


def monitor(folder: Path) -> RecordingSettings:
    (folder / "2026").mkdir()
    (folder / "ringback").mkdir()
    for name in ("2026/a.wav", "2026/b.wav"):
        (folder / name).write_bytes(b"x")
        (folder / name).chmod(0o640)
    (folder / "2026").chmod(0o750)
    (folder / "ringback").chmod(0o2770)
    shared = SharedFolder(there="/var/spool/asterisk/monitor", here=folder)
    return RecordingSettings(shared=(shared,))


async def findings(settings: RecordingSettings, user: FileUser) -> list[CheckFinding]:
    return [finding async for finding in check_readable(settings, user)]


async def test_a_member_of_the_pbxs_group_reads_and_takes_away(tmp_path: Path) -> None:
    found = await findings(monitor(tmp_path), MEMBER)
    assert [(finding.verdict, finding.subject) for finding in found] == [("ok", "readable")]


async def test_a_stranger_reads_nothing_and_is_told_how(tmp_path: Path) -> None:
    first, second = await findings(monitor(tmp_path), STRANGER)
    assert "2 of the newest 2" in first.said
    assert "usermod -a -G asterisk ringback" in first.cure
    assert second.subject == "own recordings"
    assert "usermod -a -G" in second.cure
    assert second.fix is None


async def test_what_freepbx_took_away_is_told_and_mended(tmp_path: Path) -> None:
    settings = monitor(tmp_path)
    own = tmp_path / "ringback"
    own.chmod(0o755)
    *_, finding = await findings(settings, MEMBER)
    assert "fwconsole chown" in finding.cure
    assert finding.fix is not None
    await finding.fix()
    assert own.stat().st_mode & 0o7777 == 0o2770
    assert [one.verdict for one in await findings(settings, MEMBER)] == ["ok"]
