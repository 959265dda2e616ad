"""``make one-dial MOMENTS=50 SEED=1``: faults at random moments of callbacks on a real Asterisk.

Counts what reached the customers' phones. Prints each callback and the table of all; ends with 1 if a customer who had
been talked with was dialled again, or nobody will ever call one who was not. ``CONTROL=1`` plays the same with a daemon
that judges hastily (`hasty`), and ends with 1 if that went unnoticed.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path

import asyncpg

from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import TELEPHONY, MigrationSource, migrate
from tests.acceptance.one_dial.plan import Moment, Seen, Verdict, moment, table, verdict
from tests.acceptance.one_dial.stand import open_stand

_BRIDGE = MigrationSource("crm_bridge", Path(__file__).parents[3] / "crm_bridge" / "sql" / "migrations")
_WRONG = {Verdict.DOUBLE, Verdict.FORGOTTEN, Verdict.STUCK}
_OPTIONS = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
Results = dict[tuple[Moment, int], Seen]


async def _database(server: EmbeddedServer, name: str) -> str:
    connection = await asyncpg.connect(server.dsn_of("postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    await migrate(server.dsn_of(name), [TELEPHONY, _BRIDGE])
    return server.dsn_of(name)


async def _one_lab(
    folder: Path, server: EmbeddedServer, number: int, moments: list[Moment], results: Results, module: str
) -> None:
    async with open_stand(folder, module) as stand:
        for cel, some in groupby(sorted(moments, key=lambda one: not one.cel), key=lambda one: one.cel):
            await stand.begin(await _database(server, f"lab_{number}_{int(cel)}"), cel=cel)
            for one in some:
                for n, seen in enumerate(await stand.play(one)):
                    results[one, n] = seen
                    sys.stdout.write(_line(one, seen))
                sys.stdout.flush()


def _line(at: Moment, seen: Seen) -> str:
    judged = verdict(seen)
    mark = "!!" if judged in _WRONG else "  "
    talks = " ".join(f"{seconds:.1f}" for seconds in seen.talks)
    return (
        f"{mark} {at.number} {at.fault} at {at.phase} + {at.after:.1f} s for {at.lasts:.1f} s, "
        f"{'with' if at.cel else 'without'} cel_file: {seen.customer} talked [{talks}], is {seen.state}: {judged}\n"
    )


async def _run(moments: int, seed: int, labs: int, module: str) -> Results:
    folder = Path(tempfile.mkdtemp(prefix="rb-one-dial-", dir="/tmp"))
    folder.chmod(0o755)
    server, results = EmbeddedServer(folder / "pg", options=_OPTIONS), Results()
    try:
        await server.start()
        plans = [moment(seed, number) for number in range(moments)]
        async with asyncio.TaskGroup() as running:
            for n in range(labs):
                place = folder / f"lab{n}"
                place.mkdir()
                running.create_task(_one_lab(place, server, n, plans[n::labs], results, module))
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return results


def main() -> int:
    """Read the command line, play, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--labs", type=int, default=2)
    parser.add_argument("--control", action="store_true", help="a daemon that judges hastily: doubles must be found")
    asked = parser.parse_args()
    module = "tests.acceptance.one_dial.hasty" if asked.control else "service"
    began = time.monotonic()
    results = asyncio.run(_run(asked.moments, asked.seed, asked.labs, module))
    wrong = sum(verdict(seen) in _WRONG for seen in results.values())
    sys.stdout.write(
        f"\n{table(results)}\n\n{asked.moments} moments, {len(results)} callbacks, seed {asked.seed}, "
        f"{time.monotonic() - began:.0f} s; wrong: {wrong}\n"
    )
    failed = not wrong if asked.control else bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
