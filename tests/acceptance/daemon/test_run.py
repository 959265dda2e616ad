"""``ringback run`` against a real Asterisk and a real PostgreSQL."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab
from deploy.lab.telephones.scripts import answers, never_answers, talks
from telephony.postgres.embedded import EmbeddedServer
from tests.acceptance.daemon.process import ROOT, Daemon, Door, daemon, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

Config = Callable[..., Path]
CUSTOMER = "+380671112233"
STOPS = 15
"""Seconds; five on a machine that has nothing else to do. A loop that does not end would take a minute."""


async def rows(dsn: str, query: str = "SELECT * FROM calls ORDER BY started_at") -> list[dict[str, Any]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [dict(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def ended_calls(dsn: str, many: int) -> list[dict[str, Any]]:
    async def found() -> list[dict[str, Any]] | None:
        calls = await rows(dsn)
        return calls if len(calls) >= many and all(call["ended_at"] for call in calls) else None

    calls: list[dict[str, Any]] = await until(found, f"{many} ended calls")
    return calls


async def synced(running: Daemon) -> None:
    await running.says("ami.link", state="synced")


async def health(running: Daemon) -> tuple[int, dict[str, Any]]:
    url = (await running.says("http.listening"))["url"]
    async with aiohttp.ClientSession() as client, client.get(f"{url}/healthz") as answer:
        return answer.status, await answer.json()


async def test_calls_are_in_the_ledger_once_with_their_outcome_and_recording(
    lab: Lab, database: str, write_config: Config, tmp_path: Path
) -> None:
    async with daemon("--config", write_config(dsn=database), "--capture", tmp_path / "capture.ami") as running:
        await synced(running)
        lab.world.phone("101").behaviour(answers(0.3, 2.0))
        await (await lab.world.call(CUSTOMER, Did.IVAN, name="Олена", script=talks())).gone()
        lab.world.phone("102").behaviour(never_answers())
        leg = await lab.world.call(CUSTOMER, Did.OLENA, name="Олена")
        await lab.world.phone("102").rings()
        await lab.world.hang_up(leg)
        answered, missed = await ended_calls(database, 2)
        recorded = await until(
            lambda: rows(database, "SELECT * FROM recorded_calls WHERE stage = 'done'"), "a finished recording"
        )
        status, told = await health(running)
        assert await running.stop() < STOPS
    assert (answered["disposition"], answered["answered_by_number"]) == ("answered", "101")
    assert (answered["caller_number"], answered["caller_name"], answered["dialed"]) == (CUSTOMER, "Олена", Did.IVAN)
    assert (missed["disposition"], missed["missed_reason"]) == ("missed", "no_answer")
    assert recorded[0]["call_id"] == answered["call_id"]
    assert list((tmp_path / "kept").rglob("*.mp3"))
    assert (status, told["healthy"]) == (200, True)
    replayed = subprocess.run(  # noqa: S603, ASYNC221 - our own program, and nothing else to do meanwhile
        [sys.executable, "-m", "service", "replay", tmp_path / "capture.ami"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told_again = [json.loads(line) for line in replayed.stdout.splitlines()]
    assert [call["disposition"] for call in told_again] == ["answered", "missed"]


async def test_a_stop_in_the_middle_of_a_call_takes_less_than_five_seconds_and_loses_nothing(
    lab: Lab, database: str, write_config: Config
) -> None:
    """The talk goes on over the restart and is one call; one that ended meanwhile is closed and marked."""
    config = write_config(dsn=database)
    lab.world.phone("101").behaviour(answers(0.1))
    lab.world.phone("102").behaviour(answers(0.1))
    async with daemon("--config", config) as running:
        await synced(running)
        goes_on = await lab.world.call(CUSTOMER, Did.IVAN)
        ends = await lab.world.call("+380671119999", Did.OLENA)
        await asyncio.gather(goes_on.trace.answered.wait(), ends.trace.answered.wait())
        await until(lambda: rows(database, "SELECT 1 FROM calls WHERE answered_at IS NOT NULL OFFSET 1"), "two answers")
        assert await running.stop() < STOPS
    await lab.world.hang_up(ends)
    async with daemon("--config", config) as running:
        await synced(running)
        await running.says("calls.ended_unheard")
        await lab.world.hang_up(goes_on)
        calls = {call["caller_number"]: call for call in await ended_calls(database, 2)}
        await running.stop()
    assert len(calls) == 2
    assert {call["disposition"] for call in calls.values()} == {"answered"}
    assert calls["+380671119999"]["repaired"]
    assert calls[CUSTOMER]["answered_by_number"] == "101"


async def test_a_cut_link_is_made_anew_and_the_call_goes_on_as_one(
    lab: Lab, database: str, write_config: Config
) -> None:
    lab.world.phone("101").behaviour(answers(0.1))
    async with (
        Door(lab.pbx.ami_port) as door,
        daemon("--config", write_config(dsn=database, port=door.port)) as running,
    ):
        await synced(running)
        leg = await lab.world.call(CUSTOMER, Did.IVAN)
        await leg.trace.answered.wait()
        await until(lambda: rows(database, "SELECT 1 FROM calls WHERE answered_at IS NOT NULL"), "the answer")
        running.said.clear()
        door.cut()
        await running.says("ami_link_down")
        await synced(running)
        await lab.world.hang_up(leg)
        (call,) = await ended_calls(database, 1)
        await running.stop()
    assert (call["disposition"], call["answered_by_number"]) == ("answered", "101")


async def test_a_wrong_secret_is_told_once_with_its_cure_and_tried_again(database: str, write_config: Config) -> None:
    async with daemon("--config", write_config(dsn=database, secret="wr0ng")) as running:
        told = await running.says("ami_link_down")
        status, parts = await health(running)
        await asyncio.sleep(1)  # several tries, capped at 0.3 s: none of them may say it again
        assert await running.stop() < STOPS
    assert "manager.conf" in told["reason"]
    assert [one["event"] for one in running.said].count("ami_link_down") == 1
    assert "wr0ng" not in json.dumps(running.said)
    assert status == 503
    assert any("ami office" in part["name"] and not part["healthy"] for part in parts["parts"])


async def test_a_database_that_is_down_at_the_start_is_waited_for(
    lab: Lab, write_config: Config, server_folder: Path
) -> None:
    server = EmbeddedServer(server_folder)
    dsn = f"postgresql://ringback@/ringback?host={server_folder}/run&port=5432"
    await server.start()  # its first start makes the database
    await server.stop()
    async with daemon("--config", write_config(dsn=dsn)) as running:
        await running.says("postgres.waiting")
        await server.start()
        try:
            await synced(running)
            lab.world.phone("101").behaviour(answers(0.1, 0.5))
            await (await lab.world.call(CUSTOMER, Did.IVAN)).gone()
            (call,) = await ended_calls(dsn, 1)
            assert call["disposition"] == "answered"
            await running.stop()
        finally:
            await server.stop()


async def test_killed_together_with_its_database_it_has_lost_no_call_without_cel(
    lab: Lab, write_config: Config, server_folder: Path
) -> None:
    """One call that began before the outage and ended in it, two that came and went in it."""
    server = EmbeddedServer(server_folder)
    await server.start()
    config = write_config(dsn=server.dsn, cel=False)
    lab.world.phone("101").behaviour(answers(0.1))
    lab.world.phone("102").behaviour(never_answers())
    try:
        async with daemon("--config", config) as running:
            await synced(running)
            before = await lab.world.call("+380671110001", Did.IVAN)
            await before.trace.answered.wait()
            await until(lambda: rows(server.dsn, "SELECT 1 FROM calls WHERE answered_at IS NOT NULL"), "the answer")
            os.kill(server.pid, signal.SIGKILL)
            await lab.world.hang_up(before)
            for times, number in enumerate(("+380671110002", "+380671110003"), 1):
                leg = await lab.world.call(number, Did.OLENA)
                await lab.world.phone("102").rings(times)
                await leg.trace.ringing.wait()  # who hangs up before that may cross with the INVITE to the telephone
                await lab.world.hang_up(leg)
            await lab.idle()
            await until(lambda: _spooled(running, 5), "the events on disk")
            running.process.kill()
            await running.ended()
        await server.stop()
        await server.start()
        async with daemon("--config", config) as running:
            calls = {call["caller_number"]: call for call in await ended_calls(server.dsn, 3)}
            await running.stop()
        assert len(calls) == 3
        assert {call["repaired"] for call in calls.values()} == {False}
        assert [call["disposition"] for _, call in sorted(calls.items())] == ["answered", "missed", "missed"]
    finally:
        await server.stop()


async def _spooled(running: Daemon, least: int) -> bool:
    """Whether nothing is in memory only, and at least so many events are on disk."""
    url = (await running.says("http.listening"))["url"]
    async with aiohttp.ClientSession() as client, client.get(f"{url}/metrics") as answer:
        text = await answer.text()
    counts = dict(line.split() for line in text.splitlines() if line.startswith("ringback_ledger_") and "{" not in line)
    waiting, on_disk = (int(float(counts[f"ringback_ledger_{name}"])) for name in ("waiting", "spooled"))
    return on_disk >= least and on_disk == waiting


async def test_a_stop_while_the_database_is_waited_for_is_heard(write_config: Config) -> None:
    async with daemon("--config", write_config(dsn="postgresql://x@127.0.0.1:1/x")) as running:
        await running.says("postgres.waiting")
        assert await running.stop(signal.SIGINT) < STOPS


async def test_killed_it_leaves_no_server_behind_and_starts_again(write_config: Config, server_folder: Path) -> None:
    config = write_config(folder=server_folder)
    async with daemon("--config", config) as running:
        first = (await running.says("postgres.started"))["pid"]
        await synced(running)
        running.process.kill()
        await running.ended()
    await until(lambda: _gone(first), "the first server's end")
    async with daemon("--config", config) as running:
        second = (await running.says("postgres.started"))["pid"]
        await synced(running)
        assert await running.stop() < STOPS
    assert await _gone(second)


async def _gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


async def test_systemd_hears_ready_signs_of_life_and_the_stop(
    database: str, write_config: Config, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "600000"}
        async with daemon("--config", write_config(dsn=database), environ=environ) as running:
            await synced(running)
            await asyncio.sleep(0.7)
            await running.stop()
        systemd.settimeout(0)
        heard = []
        while True:
            try:
                heard += systemd.recv(4096).decode().split("\n")
            except BlockingIOError:
                break
    assert "READY=1" in heard
    assert heard.count("WATCHDOG=1") >= 2
    summaries = [word for word in heard if word.startswith("STATUS=")]
    assert any("database: ok; " in one and "ledger: 0 events written; " in one for one in summaries)
    assert "STOPPING=1" in heard


async def test_a_wrong_setting_ends_it_at_once_with_file_line_and_cure(write_config: Config) -> None:
    config = write_config()
    config.write_text(config.read_text().replace("[http]", "[htp]"))
    async with daemon("--config", config) as running:
        assert await running.ended() == 2
    assert "htp: no such setting. Did you mean `http`?" in running.words[0]
    async with daemon("--config", "/nowhere/ringback.toml") as running:
        assert await running.ended() == 2
    assert running.words == ["ringback: /nowhere/ringback.toml: no such settings file. Create it, or correct the path."]
