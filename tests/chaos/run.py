"""One run: everything built, calls and faults, then peace, then the questions."""

import asyncio
import contextlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg

from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from telephony.directory.csv_import import read_managers
from telephony.directory.store import DirectoryStore
from telephony.postgres.pool import open_pool
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render
from tests.chaos.company import DIALPLAN, MANAGERS, REACHED_SECONDS, Addresses, Callers, write_settings
from tests.chaos.database import Database, embedded, external
from tests.chaos.door import Door
from tests.chaos.faults import FAULTS, Scene
from tests.chaos.keeper import ROOT, Keeper
from tests.chaos.outcome import Done, table, tallied
from tests.chaos.receiver import Receiver
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.serving import serving

_DISKS: Final = {"database": "320m", "recordings": "96m", "spool": "32m"}
_PEACE_SECONDS: Final = 240.0
"""Longer than the outbox's lease of what a killed daemon had on its way, and the next look for such leases."""
_PATIENCE_MINUTES: Final = 0.5
_LATE_SECONDS: Final = 240.0
"""So long nothing may come of what is missing. Longer than the outbox's leases, see above."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a run is to be."""

    seed: int
    faults: int
    rate: float
    """Callers a second."""
    every: float
    """Seconds from one fault to the next, on average."""
    longest: float
    """Seconds that a fault lasts at most."""
    embedded: bool
    only: str
    """Only kinds of faults whose names hold this."""
    without: str
    """None of those whose names hold this; empty excludes none."""
    keep: bool
    lease: float
    """Seconds that a daemon has a message to itself."""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def run(wishes: Wishes) -> bool:
    """Run; tell whether all is well."""
    say(f"chaos: seed {wishes.seed}, {wishes.faults} faults, {wishes.rate} calls/s; {wishes}")
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="rb-chaos-", dir="/tmp"))
        folder.chmod(0o755)
        stack.callback(_tidy, folder, keep=wishes.keep)
        scene, callers, receiver, config = await _built(stack, wishes, folder)
        began = datetime.now(UTC)
        try:
            done = await _attacked(wishes, scene, callers)
            peace = await _peace(scene, callers)
            for one in done:
                one.healed = scene.keeper.healed_after(one.ended)
            report = await _audited(config, began)
        finally:
            code = await scene.keeper.stop()
        doubled = _rung_again(scene, callers, done)
    return _told(wishes, scene.keeper, receiver, callers, _Outcome(done, report, doubled, peace, code))


# --- before -----------------------------------------------------------------------------------------------------------


async def _built(stack: AsyncExitStack, wishes: Wishes, folder: Path) -> tuple[Scene, Callers, Receiver, Path]:
    disks = {name: stack.enter_context(_small_disk(folder / name, size)) for name, size in _DISKS.items()}
    agi = free_port()
    lab = await stack.enter_async_context(Lab.start(folder / "lab", PbxPlan(agi_port=agi)))
    voice = VoiceSettings(port=agi, folder=folder / "prompts", language="en")
    await lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
    await lab.pbx.add_dialplan("chaos", DIALPLAN)
    receiver, portal = Receiver(), FakePortal()
    honest = await stack.enter_async_context(serving(receiver.routes()))
    crm = await stack.enter_async_context(serving(portal.app()))
    doors = [await stack.enter_async_context(Door(port)) for port in (lab.pbx.ami_port, _port(honest), _port(crm))]
    place = folder / "pg" if wishes.embedded else folder / "database" / "pg"
    database = await stack.enter_async_context((embedded if wishes.embedded else external)(place))
    at = Addresses(doors[0].port, database.dsn, doors[1].port, doors[2].port, free_port(), agi)
    config, clock = folder / "ringback.toml", folder / "clock"
    clock.write_text("0")
    write_settings(lab, config, folder, folder / "recordings" / "kept", at)
    health = f"http://127.0.0.1:{at.http}/healthz"
    keeper = Keeper(config, clock, health, folder / "daemon.log", lease=wishes.lease)
    keeper.start()
    stack.push_async_callback(keeper.stop)
    if not await keeper.healthy(240):
        raise SystemExit(f"the daemon does not come up: {(folder / 'daemon.log').read_text()[-2000:]}")
    await _directory(database)
    scene = Scene(
        lab=lab,
        keeper=keeper,
        database=database,
        ami=doors[0],
        webhook=doors[1],
        crm=doors[2],
        clock=clock,
        disks={name: path for name, path in disks.items() if path is not None},
        chance=random.Random(wishes.seed),
        asterisk=asyncio.Lock(),
        longest_seconds=wishes.longest,
    )
    return scene, Callers(lab, random.Random(wishes.seed + 1)), receiver, config


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


async def _directory(database: Database) -> None:
    pool = await open_pool(database.own, size=1)
    await DirectoryStore(pool).replace_managers(read_managers(MANAGERS, "PJSIP"))
    await pool.close()


@contextmanager
def _small_disk(folder: Path, size: str) -> Iterator[Path | None]:
    """A disk of its own, where one may be mounted; else a plain folder, which is not to be filled."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", folder], check=False)
    if mounted.returncode:
        say(f"chaos: {folder.name}: no small disk can be mounted here: it is not filled")
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def _tidy(folder: Path, *, keep: bool) -> None:
    if keep:
        say(f"chaos: all is kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)


# --- the attack -------------------------------------------------------------------------------------------------------


async def _attacked(wishes: Wishes, scene: Scene, callers: Callers) -> list[Done]:
    enough = asyncio.Event()
    coming = asyncio.create_task(callers.come(wishes.rate, enough), name="callers")
    kinds = {
        name: weight
        for name, (_, weight) in FAULTS.items()
        if wishes.only in name and not (wishes.without and wishes.without in name)
    }
    done: list[Done] = []
    running: set[asyncio.Task[None]] = set()
    for number in range(wishes.faults):
        await asyncio.sleep(scene.chance.expovariate(1 / wishes.every))
        [kind] = scene.chance.choices(list(kinds), list(kinds.values()))
        one = Done(kind, time.monotonic(), datetime.now(UTC))
        done.append(one)
        task = asyncio.create_task(_do(scene, one), name=f"fault {number}")
        running.add(task)
        task.add_done_callback(running.discard)
    if running:
        await asyncio.wait(running)
    enough.set()
    await coming
    return done


async def _do(scene: Scene, one: Done) -> None:
    fault, _ = FAULTS[one.kind]
    try:
        one.what = await fault(scene)
    except Exception as error:  # noqa: BLE001 - the next fault came between: it is done with, and told
        one.what = f"{type(error).__name__}: {error}"
    one.ended = time.monotonic()
    say(f"  {one.at:%H:%M:%S}  {one.kind}: {one.what}")


# --- afterwards -------------------------------------------------------------------------------------------------------


async def _peace(scene: Scene, callers: Callers) -> bool:
    """Let all be good, calls end, callbacks be made; tell whether the daemon became well."""
    for door in (scene.ami, scene.webhook, scene.crm, *([scene.database.door] if scene.database.door else [])):
        door.open()
    scene.clock.write_text("0")
    await callers.over(60)
    well = await scene.keeper.healthy(60)
    until = time.monotonic() + _PEACE_SECONDS
    quiet = 0
    while time.monotonic() < until and quiet < 3:
        await asyncio.sleep(2)
        quiet = quiet + 1 if await _nothing_goes_on(scene) else 0
    for leg in list(scene.lab.world.legs):
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2):
                await scene.lab.world.hang_up(leg)
    return well and await scene.keeper.healthy(30)


async def _nothing_goes_on(scene: Scene) -> bool:
    with contextlib.suppress(Exception):
        if await scene.lab.pbx.channels():
            return False
        async with _connected(scene.database) as connection:
            at_work = await connection.fetchval(
                "SELECT count(*) FROM callback_requests WHERE closed_at IS NULL AND state <> 'held'"
                " AND due_at < now() + interval '15 s'"
            )
            on_its_way = await connection.fetchval(
                "SELECT count(*) FROM outbox_messages"
                " WHERE state = 'sending' OR (state = 'waiting' AND due_at < now() + interval '15 s')"
            )
            return not at_work and not on_its_way
    return False


@asynccontextmanager
async def _connected(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.own, timeout=5)
    try:
        yield connection
    finally:
        await connection.close()


async def _audited(config: Path, began: datetime) -> dict[str, Any]:
    """Audit until nothing is found, or what is found is no longer becoming less.

    What is only late is not lost: after a thousand faults a busy machine writes, converts and tells for minutes.
    """
    fewest, since = sys.maxsize, time.monotonic()
    while time.monotonic() - since < _LATE_SECONDS:
        found = len(_wrong(report := await _audit(config, began, 0)))
        if not found:
            return report
        if found < fewest:
            say(f"chaos: {found} things are missing or different yet")
            fewest, since = found, time.monotonic()
        await asyncio.sleep(2)
    return await _audit(config, began, _PATIENCE_MINUTES)


def _wrong(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for finding in report["findings"] if finding["gap"] != "unknown"]


async def _audit(config: Path, began: datetime, patience_minutes: float) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "audit", "--config", config, "--since", began.isoformat(), "--json",
        "--patience", str(patience_minutes),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complaints = await process.communicate()
    if not said:
        raise SystemExit(f"ringback audit failed: {complaints.decode()}")
    report: dict[str, Any] = json.loads(said)
    return report


def _rung_again(scene: Scene, callers: Callers, done: list[Done]) -> list[str]:
    """Customers who were missed once and talked twice, by their own telephones."""
    broken = [one for one in done if one.kind.startswith("Asterisk")]
    doubled = []
    for number in callers.customers:
        talked = [
            leg
            for leg in scene.lab.world.phone(number).legs
            if leg.trace.answered_at
            and leg.trace.ended_at
            and (leg.trace.ended_at - leg.trace.answered_at).total_seconds() >= REACHED_SECONDS + 1
            and not any(one.covers_time(leg.trace.answered_at) for one in broken)
        ]
        if len(talked) > 1:
            times = ", ".join(f"{leg.trace.answered_at:%H:%M:%S}" for leg in talked)
            doubled.append(f"{number} talked {len(talked)} times: {times}")
    return doubled


@dataclass(frozen=True, slots=True)
class _Outcome:
    done: list[Done]
    report: dict[str, Any]
    doubled: list[str]
    peace: bool
    code: int | None


def _told(wishes: Wishes, keeper: Keeper, receiver: Receiver, callers: Callers, came: _Outcome) -> bool:
    report = came.report
    wrong = _wrong(report)
    say("")
    say(table(tallied(came.done, [death.at for death in keeper.deaths], report["findings"])))
    say(f"{callers.made} callers; looked at: {report['checked']}; the daemon was started {keeper.starts} times")
    say(f"the webhook took {len(receiver.taken)} messages, {receiver.repeats} of them again under the same id")
    for death in keeper.deaths:
        say(f"DEATH with exit code {death.code}:\n    " + "\n    ".join(death.said))
    for finding in report["findings"]:
        mark = "unknown" if finding["gap"] == "unknown" else f"FINDING {finding['gap']}"
        say(f"{mark} {finding['about']} {finding['at']} {' '.join(finding['ids'])}: {finding['why']}")
    for line in came.doubled:
        say(f"TELEPHONE {line}")
    if not came.peace:
        say(f"the daemon did not become healthy in the end: {'; '.join(keeper.unwell)}")
    if came.code != 0:
        say(f"the daemon's end was not clean: {came.code}")
    good = came.peace and came.code == 0 and not (wrong or came.doubled or keeper.deaths)
    say(f"chaos: {'clean' if good else 'NOT CLEAN'}, seed {wishes.seed}")
    return good
