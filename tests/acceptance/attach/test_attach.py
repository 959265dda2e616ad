"""``ringback attach`` on a real Asterisk: attached, tried by a call, found in the ledger, undone to the byte."""

import asyncio
import contextlib
import os
import re
import shlex
import shutil
import subprocess
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
TWO_ADDRESSES = {"RINGBACK_VOICE__HOST": "127.0.0.9", "RINGBACK_VOICE__AGI_HOST": "127.0.0.1"}
"""The daemon and the PBX of "another machine" share one loopback, where each needs a port of the same number."""


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


def standing(pbx: Path) -> dict[str, tuple[object, ...]]:
    """Give every file of the configuration with its bytes, mode and owner, and where each link leads."""
    return {
        str(path.relative_to(pbx)): (path.readlink(),)
        if path.is_symlink()
        else (path.read_bytes(), path.stat().st_mode, path.stat().st_uid, path.stat().st_gid)
        for folder in (pbx / "etc", pbx / "web")
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
            **(TWO_ADDRESSES if "--on" in words else {}),
            "RINGBACK_RECORDING__SETTLE_SECONDS": "0.2",
            "RINGBACK_RECORDING__DISK_FLOOR_MEGABYTES": "1",
            "RINGBACK_RECORDING__DISK_FLOOR_PERCENT": "0",
        },
    )  # fmt: skip
    said, _ = await process.communicate()
    sys.stdout.write(said.decode())
    return process.returncode or 0, said.decode()


def like_freepbx(lab: Lab) -> None:
    """Lay the same PBX out as FreePBX does: links into a web root, general files that it writes, `_custom` ones."""
    etc, web = lab.pbx.folder / "etc", lab.pbx.folder / "web"
    web.mkdir()
    (web / "cel.conf").write_text(
        "[general]\n#include cel_general_additional.conf\n#include cel_general_custom.conf\n\n[manager]\nenabled=no\n"
    )
    (etc / "cel_general_additional.conf").write_text("enable=yes\napps=all\nevents=ALL\ndateformat=%F %T\n")
    (etc / "cel_general_custom.conf").write_text("")
    (etc / "cel.conf").unlink()
    (etc / "cel.conf").symlink_to(web / "cel.conf")
    dialplan = (etc / "extensions.conf").read_text()
    (web / "extensions.conf").write_text(
        f"#include extensions_additional.conf\n#include extensions_custom.conf\n{dialplan}"
    )
    (etc / "extensions_additional.conf").write_text("[ext-did-0002]\nexten => 380442000777,1,Hangup()\n")
    (etc / "extensions_custom.conf").write_text("[from-internal-custom]\nexten => 1234,1,Hangup()")
    (etc / "extensions.conf").unlink()
    (etc / "extensions.conf").symlink_to(web / "extensions.conf")
    manager = (etc / "manager.conf").read_text()
    (etc / "manager.conf").write_text(f"{manager}\n#include manager_additional.conf\n#include manager_custom.conf\n")
    (etc / "manager_additional.conf").write_text("")
    (etc / "manager_custom.conf").write_text("")


@contextlib.asynccontextmanager
async def ssh(folder: Path) -> AsyncIterator[str]:
    """Run a real sshd of our own, which takes a key of our own; yield how it is reached."""
    port = free_port()
    for key in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)]
        subprocess.run(words, check=True)  # noqa: ASYNC221, S603 - a moment, and words of ours
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        "StrictModes no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nUsePAM no\nPidFile none\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    server = await asyncio.create_subprocess_exec("/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config"),
                                                  stderr=asyncio.subprocess.DEVNULL)  # fmt: skip
    try:
        yield (
            f"ssh -p {port} -i {folder}/user -o BatchMode=yes -o StrictHostKeyChecking=accept-new "
            f"-o UserKnownHostsFile={folder}/known"
        )
    finally:
        server.terminate()
        await server.wait()


LAYOUTS = ["plain", "freepbx", "afar"] if os.environ.get("RINGBACK_TRY_ATTACH") == "all" else ["plain"]
"""`make try-attach` tries both, and shows what was said."""


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_attached_called_found_in_the_ledger_and_undone_to_the_byte(lab: Lab, home: Path, layout: str) -> None:
    if layout == "freepbx":
        like_freepbx(lab)
        for command in ("manager reload", "module reload cel", "dialplan reload"):
            await lab.pbx.command(command)
    before = standing(lab.pbx.folder)
    async with contextlib.AsyncExitStack() as opened:
        afar: list[str] = []
        if layout == "afar":
            if not Path("/usr/sbin/sshd").exists():
                pytest.skip("there is no sshd on this machine: apt-get install openssh-server")
            afar = ["--on", "root@127.0.0.1", "--mounted", "/", "--ssh", await opened.enter_async_context(ssh(home))]
        await _all_of_it(lab, home, layout, before, afar)


async def _all_of_it(lab: Lab, home: Path, layout: str, before: dict[str, tuple[object, ...]], afar: list[str]) -> None:
    code, said = await attach(lab, home, "--dry-run", *afar)
    assert code == 0
    assert "trunk PJSIP/carrier: is known by its address" in said
    assert "6 extensions: 101 Иван Петренко" in said
    assert ("FreePBX;" in said) is (layout == "freepbx")
    assert standing(lab.pbx.folder) == before

    lab.world.phone("101").behaviour(answers(0.2, keys="1", keys_after=1.5))
    code, said = await attach(lab, home, "--yes", "--test-call", "101", *afar)
    assert code == 0, said
    assert "1 was pressed" in said, said
    recording = next(line for line in said.splitlines() if line.strip().startswith("recording"))
    assert ".mp3" in recording, recording
    assert "6 extensions became managers" in said
    assert "fail" not in [line.split(" ")[0] for line in said.splitlines()]
    times = re.findall(r'"CHAN_START","([^"]*)"', lab.pbx.cel_file.read_text())
    assert re.fullmatch(r"\d+\.\d+", times[-1]), times  # seconds, whatever `dateformat` was

    attached = standing(lab.pbx.folder)
    code, said = await attach(lab, home, "--dry-run", *afar)
    assert "+++" not in said
    assert standing(lab.pbx.folder) == attached

    code, said = await attach(lab, home, "--undo", *afar)
    assert code == 0, said
    assert standing(lab.pbx.folder) == before
    assert "ringback" not in await lab.pbx.command("manager show users")
    assert not (home / "etc" / "ringback.toml").exists()
