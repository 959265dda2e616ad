"""SIGHUP: a successor takes over the ports and the database, with settings read anew; systemd is told who is who."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests import folders
from tests.acceptance.daemon.process import Daemon, daemon, free_port
from tests.waiting import PATIENCE

Config = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Config:
    http, agi, ami = free_port(), free_port(), free_port()

    def written(database: str, more: str = "") -> Path:
        file = tmp_path / "ringback.toml"
        file.write_text(f"""
            [[pbx]]
            name = "office"
            port = {ami}
            secret = "nobody listens there"
            [database]
            {database}
            spool_folder = "{tmp_path}/spool"
            [recording]
            folder = "{tmp_path}/kept"
            [http]
            port = {http}
            {more}
            [voice]
            port = {agi}
            folder = "{tmp_path}/prompts"
            tts_command = ["true"]
        """)
        return file

    return written


async def again(running: Daemon, event: str, times: int) -> dict[str, object]:
    """Wait until an event was logged so many times; return the last."""
    async with asyncio.timeout(PATIENCE):
        while len(found := [said for said in running.said if said["event"] == event]) < times:
            await asyncio.sleep(0.02)
    return found[-1]


class Asking:
    """Somebody who asks for /healthz again and again, each time on a connection of their own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers = 0
        self.refused: list[str] = []
        self.origins: set[str | None] = set()

    async def run(self) -> None:
        headers = {"Origin": "https://crm.example", "Connection": "close"}
        async with aiohttp.ClientSession() as client:
            while True:
                try:
                    async with client.get(f"{self.url}/healthz", headers=headers) as answer:
                        await answer.read()
                        self.answers += 1
                except aiohttp.ClientConnectorError as error:
                    self.refused.append(str(error))
                except aiohttp.ClientError:
                    pass  # was being served by the old one when that went: its client tries again
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("own", [False, True], ids=["a server that stays", "our own server, handed on"])
async def test_no_connection_is_refused_and_systemd_follows(database: str, write: Config, *, own: bool) -> None:
    home = folders.server_folder("rb-daemon-")
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(home / "notify"))
    notify.setblocking(False)  # noqa: FBT003 - as the socket module has it
    told = f'folder = "{home}/pg"' if own else f'dsn = "{database}"'
    try:
        async with daemon("--config", write(told), environ={"NOTIFY_SOCKET": str(home / "notify")}) as running:
            url = str((await running.says("http.listening"))["url"])
            asking = Asking(url)
            asks = asyncio.create_task(asking.run())
            running.process.send_signal(signal.SIGHUP)
            successor = int(str((await again(running, "succession.hands_over", 1))["successor"]))
            await again(running, "http.listening", 2)
            async with asyncio.timeout(PATIENCE):  # `wait` waits for its standard error, too, which the successor has
                while running.process.returncode is None:
                    await asyncio.sleep(0.02)
            assert running.process.returncode == 0, "the old one ends by itself"
            before = asking.answers
            async with asyncio.timeout(PATIENCE):
                while asking.answers < before + 3:
                    await asyncio.sleep(0.02)
            if own:
                await again(running, "postgres.started", 2)
            asks.cancel()
            os.kill(successor, signal.SIGTERM)
            await running.ended()
        words = drained(notify)
    finally:
        notify.close()
        shutil.rmtree(home, ignore_errors=True)
    assert asking.refused == []
    assert f"MAINPID={successor}" in words
    assert "STOPPING=1" in words[words.index(f"MAINPID={successor}") :]


def drained(notify: socket.socket) -> list[str]:
    words: list[str] = []
    while True:
        try:
            words += notify.recv(4096).decode().splitlines()
        except BlockingIOError:
            return words


async def test_settings_that_are_wrong_are_named_and_the_old_daemon_goes_on(database: str, write: Config) -> None:
    told = f'dsn = "{database}"'
    async with daemon("--config", write(told)) as running:
        await running.says("http.listening")
        write(told, 'cors_origins = "nonsense"')
        running.process.send_signal(signal.SIGHUP)
        refused = await running.says("succession.refused")
        assert "exit code 2" in refused["reason"]
        assert any("http.cors_origins" in word for word in running.words)
        async with aiohttp.ClientSession() as client:
            url = (await running.says("http.listening"))["url"]
            async with client.get(f"{url}/healthz") as answer:
                assert answer.status in {200, 503}
        await running.stop()
