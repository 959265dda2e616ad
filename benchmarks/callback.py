"""Callbacks: from the caller's hang-up to the manager's ringing phone, deciding what is due, and the cost of rest.

    python -m benchmarks callback

The daemon runs as a process of its own against the real Asterisk; times are the PBX's own, from the caller's
hang-up to the moment when the manager's phone rings. Under load, sipp makes 50 calls a second meanwhile.
"""

import asyncio
import contextlib
import os
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from benchmarks.daemon import cpu_seconds, running_daemon, write_config
from benchmarks.ledger import server
from benchmarks.row import Row
from deploy.lab.company import Did
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import CARRIER_HOST, PBX_HOST, free_port
from deploy.lab.programs.find import program
from deploy.lab.telephones.scripts import never_answers
from telephony.callback.assembly import Callbacks
from telephony.callback.policy.model import RequestId
from telephony.directory.csv_import import read_managers
from telephony.directory.model import CustomerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.model import PbxName
from telephony.numbers import Canonical
from telephony.postgres.pool import Pool, open_pool
from telephony.settings import CallbackSettings, HoursSettings, TelephonySettings, VoiceSettings
from telephony.voice.dialplan import Kind, render

DUE = 10_000
MISSES = int(os.environ.get("BENCH_CALLBACK_MISSES", "60"))
LOAD = 50
REST_SECONDS = 10
_PHONES = {"ivan": "101", "olena": "102", "maria": "103", "boss": "106"}
_MANAGERS = "id,name,endpoint,group\n" + "".join(f"{name},{name},{at},sales\n" for name, at in _PHONES.items())
_SETTINGS = "[callback]\noriginates_per_minute = 10000\n"
_LOADED = "+380442000698"
_DIALPLAN = f"""
[scratch]
exten => s,1,Ringing()
 same => n,Wait(60)

[from-trunk-first]
exten => {_LOADED},1,Answer()
 same => n,Wait(30)
"""


def rows() -> list[Row]:
    """Measure all."""
    return [*asyncio.run(_deciding()), *asyncio.run(_ringing())]


# --- 10,000 due requests ----------------------------------------------------------------------------------------------


class _Idle:
    """A PBX whose phones are all busy: everything is looked at, asked for, decided and written; nobody is rung."""

    def __init__(self) -> None:
        self.synced = asyncio.Event()
        self.synced.set()

    async def __call__(self, *_: object, **__: object) -> dict[str, str]:
        return {"Value": "INUSE"}

    async def until_event(self, *_: object, **__: object) -> dict[str, str]:
        raise AssertionError("nobody is free")


async def _deciding() -> list[Row]:
    async with server() as running:
        pool = await open_pool(running.dsn)
        await DirectoryStore(pool).replace_managers(read_managers(_MANAGERS, "PJSIP"))
        await _make_due(pool)
        settings = TelephonySettings(
            hours=HoursSettings(schedule="24/7"), callback=CallbackSettings(head_of_sales="boss")
        )
        callbacks = Callbacks(pool, settings, lambda: datetime.now(UTC))
        engine = callbacks.engine({PbxName("pbx"): _Idle()}, random.Random(1))  # noqa: S311 - no secret here
        began = monotonic()
        await engine.turn(lambda ringing: ringing.close())
        took = monotonic() - began
        left = await pool.fetchval("SELECT count(*) FROM callback_requests WHERE waits_for = 'new'")
        assert left == 0, f"{left} requests were not decided"
        await pool.close()
    return [Row(f"callbacks: {DUE} due requests asked for, claimed and decided", took, "s", "limit", 2.0)]


async def _make_due(pool: Pool) -> None:
    now = datetime.now(UTC) - timedelta(seconds=60)
    await pool.execute(
        """
        INSERT INTO callback_requests (pbx, customer, heard_number, name, did, trunk, state, waits_for, misses,
            first_missed_at, last_missed_at, last_call_id, due_at, round_began_at)
        SELECT 'pbx', '+38067' || to_char(n, 'FM0000000'), '', '', '', 'PJSIP/carrier', 'waiting', 'new', 1, $1, $1,
               'pbx:' || n, $1, $1
        FROM generate_series(1, $2) AS n
        """,
        now,
        DUE,
    )
    await pool.execute(
        """
        INSERT INTO customers (number, manager_id)
        SELECT customer, 'ivan' FROM callback_requests WHERE request_id % 2 = 0
        """
    )
    await pool.execute("ANALYZE callback_requests; ANALYZE customers")


# --- a real phone -----------------------------------------------------------------------------------------------------


async def _ringing() -> list[Row]:
    folder, port = Path(tempfile.mkdtemp(prefix="rb-bench-callback-")), free_port()
    try:
        async with server() as running, Lab.start(folder, PbxPlan(agi_port=port)) as lab:
            voice = VoiceSettings(port=port, folder=folder / "prompts", language="en")
            await lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
            await lab.pbx.add_dialplan("waiting", _DIALPLAN)
            pool = await open_pool(running.dsn, size=2)
            try:
                async with running_daemon(write_config(lab, folder, port, running.dsn, _SETTINGS)) as process:
                    return await _measure(lab, pool, process.pid)
            finally:
                await pool.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(lab: Lab, pool: Pool, pid: int) -> list[Row]:
    await DirectoryStore(pool).replace_managers(read_managers(_MANAGERS, "PJSIP"))
    await DirectoryStore(pool).put_customers(
        [CustomerEntry(_customer(n), "", ManagerId(list(_PHONES)[n % len(_PHONES)])) for n in range(2 * MISSES)]
    )
    for number in _PHONES.values():
        lab.world.phone(number).behaviour(never_answers())
    rest = await _rest(pid)
    quiet = [await _one(lab, pool, n) for n in range(MISSES)]
    async with _load(lab):
        began, before = monotonic(), await pool.fetchval(_LOADED_CALLS, _LOADED)
        busy = [await _one(lab, pool, n) for n in range(MISSES, 2 * MISSES)]
        rate = (await pool.fetchval(_LOADED_CALLS, _LOADED) - before) / (monotonic() - began)
        assert rate > 0.8 * LOAD, f"the ledger had only {rate:.0f} calls a second"
    return [
        Row("callbacks: hang-up to ringing phone, p50", statistics.median(quiet), "ms", "limit", 150.0),
        Row("callbacks: hang-up to ringing phone, p99", _p99(quiet), "ms", "limit", 1000.0),
        Row(f"callbacks: the same at {LOAD} calls/s, p50", statistics.median(busy), "ms", "limit", 150.0),
        Row(f"callbacks: the same at {LOAD} calls/s, p99", _p99(busy), "ms", "limit", 1000.0),
        Row("callbacks: the whole daemon at rest, of one core", rest, "%"),
    ]


def _customer(n: int) -> Canonical:
    return Canonical(f"+3806700{n:05}")


async def _one(lab: Lab, pool: Pool, n: int) -> float:
    """One missed call; the milliseconds until its manager's phone rings. Afterwards all is quiet again."""
    leg = await lab.world.call(_customer(n), Did.SCRATCH)
    await asyncio.wait_for(leg.trace.ringing.wait(), 20)
    await lab.world.hang_up(leg)
    async with asyncio.timeout(20):
        while not (row := await pool.fetchrow(_RANG, _customer(n))):  # noqa: ASYNC110 - it is in the database
            await asyncio.sleep(0.01)
    await _cancel(pool, row["request_id"])
    async with asyncio.timeout(20):
        while await pool.fetchval("SELECT true FROM callback_attempts WHERE ended_at IS NULL"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    took: timedelta = row["took"]
    return took.total_seconds() * 1000


_LOADED_CALLS = "SELECT count(*) FROM calls WHERE dialed = $1"
_RANG = """
SELECT request_id, r.rang_at - first_missed_at AS took, written_at - first_missed_at AS decided
FROM callback_requests r JOIN callback_attempts USING (request_id)
WHERE customer = $1 AND r.rang_at IS NOT NULL
"""


async def _cancel(pool: Pool, request: int) -> None:
    settings = TelephonySettings(hours=HoursSettings(schedule="24/7"))
    operations = Callbacks(pool, settings, lambda: datetime.now(UTC)).operations
    await operations.cancel(RequestId(request), "benchmark")


async def _rest(pid: int) -> float:
    """The CPU time that the daemon takes while nothing happens, in per cent of a core."""
    before = cpu_seconds(pid)
    await asyncio.sleep(REST_SECONDS)
    return (cpu_seconds(pid) - before) / REST_SECONDS * 100


@asynccontextmanager
async def _load(lab: Lab) -> AsyncIterator[None]:
    """50 answered calls a second from a carrier's address, half a second each."""
    scenario = lab.folder / "load"
    scenario.mkdir()
    process = await asyncio.create_subprocess_exec(
        program("sipp"), "-sn", "uac", "-s", _LOADED, "-i", CARRIER_HOST, "-p", str(free_port(CARRIER_HOST)),
        "-r", str(LOAD), "-d", "500", "-nostdin", f"{PBX_HOST}:{lab.pbx.sip_port}",
        cwd=scenario, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await asyncio.sleep(3)
        assert process.returncode is None, "sipp ended"
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _p99(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.99))]


if __name__ == "__main__":
    for row in rows():
        print(row.as_json(), file=sys.stderr)
