"""By the stopwatch: from the package's file to the first call in the ledger with its recording, in a clean root.

python -m tests.packages --attach [--suites bookworm]

Beside the lab's real Asterisk, laid out plainly and as FreePBX does; then `--undo` has to leave every file as it was.
"""

import asyncio
import re
import shlex
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from deploy.lab.laboratory import Lab
from deploy.lab.ports import free_port
from deploy.lab.programs.unpack import cache_folder
from deploy.lab.telephones.scripts import answers
from tests.acceptance.attach.test_attach import like_freepbx, standing, without_us
from tests.packages.root import Failed, Root, clean

LONGEST: Final = 300.0
"""Seconds, for a person who reads and types a minute of them."""
_TYPED: Final = 60.0
_LAYOUTS: Final = ("plainly", "as FreePBX")


def look_at_attaching(suite: str, package: Path) -> None:
    """Install and attach beside each layout; say how long it took.

    Raises:
        NotHere: this machine cannot.
        Failed: something is not as it has to be.
    """
    for layout in _LAYOUTS:
        with clean(suite) as root, tempfile.TemporaryDirectory(prefix="rb-lab-", dir="/var/tmp") as folder:
            Path(folder).chmod(0o755)
            asyncio.run(_attach(root, package, Path(folder), layout))


async def _attach(root: Root, package: Path, folder: Path, layout: str) -> None:
    async with Lab.start(folder) as lab:
        await without_us(lab)
        if layout != _LAYOUTS[0]:
            like_freepbx(lab)
            for command in ("manager reload", "module reload cel", "dialplan reload"):
                await lab.pbx.command(command)
        before = standing(lab.pbx.folder)
        lab.world.phone("101").behaviour(answers(0.2, keys="1", keys_after=1.5))
        binds = (str(folder), str(cache_folder()))
        shutil.copyfile(package, root.folder / "root/ringback.deb")
        began = time.monotonic()
        await asyncio.to_thread(root.run, "dpkg", "--install", "/root/ringback.deb", network=False)
        installed = time.monotonic()
        http, agi = free_port(), free_port()
        words = [
            *(
                "env",
                f"RINGBACK_HTTP__PORT={http}",
                f"RINGBACK_VOICE__PORT={agi}",
                'RINGBACK_VOICE__TTS_COMMAND=["true"]',
            ),
            *("ringback", "attach", "--asterisk-conf", f"{lab.pbx.folder}/etc/asterisk.conf"),
            *("--asterisk", shlex.join(lab.pbx.console)),
        ]
        said = await asyncio.to_thread(root.run, *words, "--yes", "--test-call", "101", binds=binds)
        attached = time.monotonic()
        recording = next((line.strip() for line in said.splitlines() if line.strip().startswith("recording ")), "")
        if "1 was pressed" not in said or ".mp3" not in recording:
            raise Failed(f"{layout}: no test call with a recording:\n{said[-3000:]}")
        seconds = attached - began
        times = re.findall(r"^\d+ s \(.*\)", said, re.MULTILINE)
        print(f"  seen: {layout}: dpkg {installed - began:.0f} s, attach {attached - installed:.0f} s: {times}")
        print(f"  seen: {layout}: {recording}")
        if seconds > LONGEST - _TYPED:
            raise Failed(f"{layout}: it took {seconds:.0f} s")
        print(
            f"  seen: {layout}: {seconds:.0f} s from the package's file to the call with its recording, one line typed"
        )
        await asyncio.to_thread(root.run, *words, "--undo", binds=binds)
        after = standing(lab.pbx.folder)
        if wrong := [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]:
            raise Failed(f"{layout}: --undo left {', '.join(sorted(wrong))}")
        print(f"  seen: {layout}: after --undo {len(after)} files have their bytes, modes and owners again")
