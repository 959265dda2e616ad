"""The PBX under test: what its AMI user may and hears, and how it starts, breaks and ends."""

import asyncio
import os
import re
import signal
import ssl
import sys
from pathlib import Path

import pytest

from deploy.lab.ami import Ami, Headers
from deploy.lab.capture import raw_link
from deploy.lab.company import Did
from deploy.lab.errors import ActionFailed
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.telephones.scripts import answers, talks
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[3]


async def _one_call(lab: Lab) -> None:
    lab.world.phone("101").behaviour(answers(after=0.2))
    call = await lab.world.call("+380671234567", Did.RECORDED.value, name="Taras", script=talks(0.5))
    await call.gone()
    await lab.idle()
    await asyncio.sleep(0.3)  # the last events: there is no word that says that nothing follows


async def _events(lab: Lab) -> list[bytes]:
    async with raw_link(lab.pbx) as link:
        await _one_call(lab)
        return re.findall(rb"Event: (\w+)", link.received)


async def test_old_and_new_filters_let_the_same_events_through(tmp_path: Path) -> None:
    async with Lab.start(tmp_path / "new") as new, Lab.start(tmp_path / "old", PbxPlan(old_filters=True)) as old:
        assert "eventfilter(" in (new.pbx.folder / "etc/manager.conf").read_text()
        assert "eventfilter(" not in (old.pbx.folder / "etc/manager.conf").read_text()
        by_new, by_old = await asyncio.gather(_events(new), _events(old))
    assert sorted(by_new) == sorted(by_old)
    assert len(by_new) < 50
    assert {b"Newchannel", b"DialEnd", b"BridgeEnter", b"Hangup", b"VarSet", b"MixMonitorStart"} <= set(by_new)
    assert not {b"Newexten", b"RTCPSent", b"MusicOnHoldStart"} & set(by_new)


async def test_the_daemons_user_has_the_rights_that_it_needs_and_no_more(tmp_path: Path) -> None:
    heard: list[Headers] = []
    async with Lab.start(tmp_path) as lab:
        ami = await Ami.connect(lab.pbx.ami_port, lab.pbx.ami_user, lab.pbx.ami_secret, heard.append)
        for action in ("CoreShowChannels", "BridgeList", "DeviceStateList", "QueueStatus", "Status", "CoreSettings"):
            await ami.action(action)
        await ami.action("Ping")
        names = {event["Event"] for event in heard}
        assert {"CoreShowChannelsComplete", "BridgeListComplete", "DeviceStateListComplete"} <= names
        assert {"QueueMember", "QueueStatusComplete", "StatusComplete"} <= names
        for action, words in (
            ("Command", {"Command": "core show channels"}),
            ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
            ("AGI", {"Channel": "PJSIP/101", "Command": "HANGUP"}),
        ):
            with pytest.raises(ActionFailed, match=r"(?i)permission"):
                await ami.action(action, words)
        await ami.close()


async def test_ami_speaks_tls_with_a_certificate_that_can_be_checked(tmp_path: Path) -> None:
    async with Lab.start(tmp_path) as lab:
        context = ssl.create_default_context(cafile=str(lab.pbx.ami_tls_ca))
        reader, writer = await asyncio.open_connection("localhost", lab.pbx.ami_tls_port, ssl=context)
        assert (await reader.readline()).startswith(b"Asterisk Call Manager/")
        writer.close()
        await writer.wait_closed()


async def test_it_can_be_restarted_and_killed_and_its_telephones_come_back(tmp_path: Path) -> None:
    async with Lab.start(tmp_path) as lab:
        first = lab.pbx.pid
        await lab.pbx.restart()
        assert lab.pbx.pid != first
        await lab.settle()
        await _one_call(lab)
        await lab.pbx.kill()
        assert lab.pbx.pid is None
        with pytest.raises(OSError, match="Connect"):
            await Ami.connect(lab.pbx.ami_port, lab.pbx.ami_user, lab.pbx.ami_secret)
        await lab.pbx.start()
        await lab.settle()
        await _one_call(lab)
        assert len(lab.world.phone("101").legs) == 2


async def test_no_asterisk_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.lab", "--folder", tmp_path, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout
    pids: list[int] = []
    async with asyncio.timeout(PATIENCE):
        while len(pids) < 2:
            pids += [int(pid) for pid in re.findall(rb"pid (\d+)", await parent.stdout.readline())]
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(PATIENCE):
        while any(Path(f"/proc/{pid}/exe").exists() for pid in pids):
            await asyncio.sleep(0.05)
