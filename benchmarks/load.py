"""A real load: sipp's customers and agents on a real Asterisk, ever more calls a second until it does not bear them.

    python -m benchmarks load

Calls are answered at once, talk for half a second and are not recorded; signalling is the work. The daemon runs as a
process of its own on the same machine, its database too, so what Asterisk bears here is less than it would alone. A
rate counts as borne if at most one call in 200 failed and sipp kept the pace.
"""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.daemon import cpu_seconds, running_daemon, write_config
from benchmarks.ledger import server
from benchmarks.row import Row
from deploy.lab import load
from deploy.lab.company import Did
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from telephony.postgres.pool import Pool, open_pool

RATES = (25, 50, 75, 100, 125, 150, 200, 250, 300, 400)
SECONDS = 8
TALK = 0.5
_SETTLE = 2.0
_FAILED = 0.005
_PACE = 1.25
"""sipp may take so many times the planned seconds before a rate counts as not borne."""
_SETTINGS = "[callback]\nenabled = false\n"
_KEPT = "SELECT count(*) FROM calls WHERE dialed = $1 AND disposition = 'answered'"


@dataclass(frozen=True, slots=True)
class Step:
    """One rate that was borne."""

    rate: float
    """Calls a second, as sipp really made them."""
    daemon: float
    """Of one core."""
    asterisk: float
    missing: int
    """Calls that were answered and are not in the ledger as such."""


def rows() -> list[Row]:
    """Measure."""
    borne = asyncio.run(_climb())
    top = borne[-1]
    return [
        Row("load: answered calls a second that Asterisk bears here", top.rate, "calls/s"),
        Row("load: the daemon's CPU at that rate, of one core", top.daemon * 100, "%", "Asterisk", top.asterisk * 100),
        Row("load: the daemon's CPU a call", top.daemon / top.rate * 1000, "ms"),
        Row("load: answered calls that the ledger lacks, at all rates", sum(step.missing for step in borne), "calls"),
    ]


async def _climb() -> list[Step]:
    folder, port = Path(tempfile.mkdtemp(prefix="rb-bench-load-")), free_port()
    try:
        async with server() as running, Lab.start(folder, PbxPlan(agi_port=port)) as lab, load.agents(lab):
            config = write_config(lab, folder, port, running.dsn, _SETTINGS)
            config.write_text(config.read_text().replace("[recording]\n", "[recording]\nrecord = false\n"))
            pool = await open_pool(running.dsn, size=2)
            try:
                async with running_daemon(config) as process:
                    return await _all(lab, pool, process.pid)
            finally:
                await pool.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _all(lab: Lab, pool: Pool, pid: int) -> list[Step]:
    await load.run(lab, calls=RATES[0], rate=RATES[0], talk_seconds=TALK)  # what is done once is done now
    await asyncio.sleep(_SETTLE)
    borne: list[Step] = []
    for rate in RATES:
        step = await _one(lab, pool, pid, rate)
        if step is None:
            break
        borne.append(step)
        sys.stderr.write(f"  {step}\n")
    assert borne, f"not even {RATES[0]} calls a second"
    return borne


async def _one(lab: Lab, pool: Pool, pid: int, rate: int) -> Step | None:
    before, ours, theirs = await pool.fetchval(_KEPT, Did.LOAD.value), cpu_seconds(pid), cpu_seconds(lab.pbx.pid or 0)
    made = await load.run(lab, calls=rate * SECONDS, rate=rate, talk_seconds=TALK)
    ours, theirs = cpu_seconds(pid) - ours, cpu_seconds(lab.pbx.pid or 0) - theirs
    await asyncio.sleep(_SETTLE)  # the last calls' rows; nothing tells when there are no more
    sys.stderr.write(f"  {rate}: {made}\n")
    if made.failed > made.answered * _FAILED or made.seconds > SECONDS * _PACE + TALK:
        return None
    kept = await pool.fetchval(_KEPT, Did.LOAD.value) - before
    return Step(made.answered / made.seconds, ours / made.seconds, theirs / made.seconds, made.answered - kept)


if __name__ == "__main__":
    for row in rows():
        sys.stderr.write(f"{row.as_json()}\n")
