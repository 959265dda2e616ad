"""``ringback demo``, as `make run` starts it."""

import asyncio
import contextlib
import html
import json
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.acceptance.daemon.process import ROOT


@pytest.fixture
def folder() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="rb-demo-", dir="/tmp"))
    home.chmod(0o755)
    yield home / "demo"
    shutil.rmtree(home)


@contextlib.asynccontextmanager
async def demo(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "demo", "--folder", str(folder), *arguments,
        cwd=ROOT, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def left_behind(folder: Path) -> list[str]:
    """The command lines of processes that still work in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder) in (line := entry.read_text().replace("\0", " ")):
                found.append(line)
    return found


@dataclass(slots=True)
class Told:
    """What the demo printed and, while it ran, what its webhook receiver showed."""

    said: str = ""
    calls: dict[str, dict[str, str]] = field(default_factory=dict)
    """By their ids, as the receiver told them last."""
    heard: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    """By links to recordings: code, type and first bytes of what answered."""
    page: str = ""
    console: str = ""
    """The page that the console's link leads to."""


async def watched(process: asyncio.subprocess.Process) -> Told:
    """Look at the receiver with each delivery, and follow each link, until the demo ends."""
    assert process.stdout is not None
    told, receiver = Told(), ""
    async with aiohttp.ClientSession() as http:
        async for raw in process.stdout:
            told.said += (line := raw.decode())
            if found := re.match(r"demo: webhooks +(\S+)", line):
                receiver = found[1]
            if found := re.match(r"demo: console +(\S+)", line):
                async with http.get(found[1]) as answer:
                    told.console = await answer.text()
            if "⇢" in line or line.startswith("demo: ending"):
                # At the very end it may be gone already: what it had shown before is what counts.
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{receiver}calls.json") as answer:
                        told.calls |= {one["call_id"]: one for one in (await answer.json())["calls"]}
                    for link in {one["recording"] for one in told.calls.values()} - {""} - told.heard.keys():
                        async with http.get(link, headers={"Range": "bytes=0-99"}) as answer:
                            told.heard[link] = (answer.status, answer.content_type, await answer.read())
                    async with http.get(receiver) as answer:
                        told.page = await answer.text()
    await process.wait()
    return told


def delivered(folder: Path) -> list[dict[str, Any]]:
    """Every delivery that the receiver took, as it kept them."""
    return [json.loads(line) for line in (folder / "webhooks.jsonl").read_text().splitlines()]


def ended(deliveries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The calls that ended, each of which must have been told once."""
    calls = [one["data"]["call"] for one in deliveries if one["type"] in {"call.ended", "call.missed"}]
    by_id = {one["call_id"]: one for one in calls}
    assert len(by_id) == len(calls)
    return by_id


async def test_calls_come_are_written_recorded_and_told_and_all_ends_by_itself(folder: Path) -> None:
    async with demo(folder, "--calls", "6") as process:
        told = await watched(process)
    said = told.said
    assert process.returncode == 0, said
    assert (counted := re.search(r"demo: over\. .*, (\d+) ended: (\d+) answered, (\d+) missed", said)), said
    assert sum(said.count(arrow) for arrow in ("  →  ", "  ←  ", "  ↔  ")) >= 6
    assert '"level": "error"' not in (folder / "ringback.log").read_text()
    assert left_behind(folder) == []
    assert "Ольга" in told.console

    deliveries = delivered(folder)
    calls = ended(deliveries)
    assert len(calls) == int(counted[1])
    assert sum(one["type"] == "call.missed" for one in deliveries) == int(counted[3])
    assert len({one["webhook-id"] for one in deliveries}) == len(deliveries)
    for call_id, call in calls.items():
        row = told.calls[call_id]
        assert row["outcome"].startswith(call["disposition"].replace("_", " "))
        assert bool(row["owner"]) == bool(call["customer"]), row  # internal calls and hidden callers are nobody's
        assert row["callback"] or call["disposition"] != "missed" or not call["customer"]
    answered = {one for one, call in calls.items() if call["disposition"] == "answered" and call["customer"]}
    alarmed = {one["data"]["alarm"]["call_id"] for one in deliveries if one["type"] == "recording.alarm"}
    assert {one for one in answered if told.calls[one]["recording"] in told.heard} == answered - alarmed
    assert all(answer[:2] == (206, "audio/mpeg") and len(answer[2]) == 100 for answer in told.heard.values())


async def test_who_calls_at_night_is_promised_a_time_and_called_back_then(folder: Path) -> None:
    async with demo(folder, "--closed", "--calls", "3", "--days", "2") as process:
        told = await watched(process)
    said = told.said
    assert process.returncode == 0, said
    assert said.count(": waits for its time") >= 3, said
    assert len(re.findall(r"promise     \d\d:\d\d  .*: kept", said)) == 3, said
    assert '"level": "error"' not in (folder / "ringback.log").read_text()
    assert left_behind(folder) == []

    calls = ended(delivered(folder))
    missed = [told.calls[one] for one, call in calls.items() if call["disposition"] == "missed"]
    assert [(row["callback"].partition(" by ")[0], bool(row["owner"])) for row in missed] == [
        ("done: reached", True)
    ] * 3
    callbacks = [told.calls[one] for one, call in calls.items() if call["kind"] == "callback"]
    assert [row["outcome"].partition(",")[0] for row in callbacks] == ["answered"] * 3
    assert all(told.heard[row["recording"]][:2] == (206, "audio/mpeg") for row in callbacks)
    assert all(f'href="{html.escape(row["recording"])}"' in told.page for row in callbacks)


async def test_ctrl_c_ends_it_cleanly_and_leaves_nothing_running(folder: Path) -> None:
    async with demo(folder, "--days", "0") as process:
        assert process.stdout is not None
        async for line in process.stdout:
            if b"Ctrl-C ends the demo" in line:
                break
        process.send_signal(signal.SIGINT)
        said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert "demo: over." in said
    assert left_behind(folder) == []
