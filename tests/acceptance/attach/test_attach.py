"""``ringback attach`` on a real Asterisk: attached, tried by a call, found in the ledger, undone to the byte."""

import asyncio
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.lab.laboratory import Lab
from deploy.lab.telephones.scripts import answers
from tests.acceptance.daemon.process import ROOT, free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")

Attached = tuple[int, str]
PORTS = {"RINGBACK_HTTP__PORT": str(free_port()), "RINGBACK_VOICE__PORT": str(free_port())}
"""The same for each run: the dialplan has one of them in it."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with Lab.start(tmp_path_factory.mktemp("lab")) as started:
        await without_us(started)
        yield started


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder where the embedded server's own user comes through, which pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix="rb-attach-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


async def without_us(lab: Lab) -> None:
    """Make the lab's PBX one that never heard of us: no AMI user, no CEL."""
    etc = lab.pbx.folder / "etc"
    manager = (etc / "manager.conf").read_text()
    general, observer = manager.partition("[ringback]")[0], manager[manager.index("[observer]") :]
    (etc / "manager.conf").write_text(general.replace("timestampevents = yes", ";") + observer)
    (etc / "cel.conf").write_text("[general]\nenable=no\ndateformat=%F %T\n\n[manager]\nenabled=no")
    (etc / "cel_custom.conf").unlink()
    (lab.pbx.folder / "log" / "cel-custom").rmdir()
    for name in ("manager.conf", "cel.conf"):
        (etc / name).chmod(0o640)
    await lab.pbx.command("manager reload")
    await lab.pbx.command("module reload cel")


def standing(folder: Path) -> dict[str, tuple[bytes, int, int, int]]:
    """Give every file below a folder with its bytes, mode and owner."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode, path.stat().st_uid, path.stat().st_gid)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


async def attach(lab: Lab, home: Path, *words: str) -> Attached:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", "attach", "--asterisk-conf", str(lab.pbx.folder / "etc" / "asterisk.conf")),
        *("--asterisk", shlex.join(lab.pbx.console), "--settings", str(home / "etc" / "ringback.toml")),
        *("--home", str(home / "lib"), *words),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={
            **os.environ,
            **PORTS,
            "RINGBACK_VOICE__TTS_COMMAND": '["true"]',
            "RINGBACK_RECORDING__SETTLE_SECONDS": "0.2",
            "RINGBACK_RECORDING__DISK_FLOOR_MEGABYTES": "1",
            "RINGBACK_RECORDING__DISK_FLOOR_PERCENT": "0",
        },
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_attached_called_found_in_the_ledger_and_undone_to_the_byte(lab: Lab, home: Path) -> None:
    etc = lab.pbx.folder / "etc"
    before = standing(etc)

    code, said = await attach(lab, home, "--dry-run")
    assert code == 0
    assert "trunk PJSIP/carrier: is known by its address" in said
    assert "6 extensions: 101 Иван Петренко" in said
    assert standing(etc) == before

    lab.world.phone("101").behaviour(answers(0.2, keys="1", keys_after=1.5))
    code, said = await attach(lab, home, "--yes", "--test-call", "101")
    assert code == 0, said
    assert "1 was pressed" in said, said
    recording = next(line for line in said.splitlines() if line.strip().startswith("recording"))
    assert ".mp3" in recording, recording
    assert "6 extensions became managers" in said
    assert "fail" not in [line.split(" ")[0] for line in said.splitlines()]

    attached = standing(etc)
    code, said = await attach(lab, home, "--dry-run")
    assert "+++" not in said
    assert standing(etc) == attached

    code, said = await attach(lab, home, "--undo")
    assert code == 0
    assert standing(etc) == before
    assert "ringback" not in await lab.pbx.command("manager show users")
    assert not (home / "etc" / "ringback.toml").exists()
