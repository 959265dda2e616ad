"""A ledger that a real pump wrote from a real Asterisk's AMI, against the CEL of the same minutes."""

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telephony.audit.inspection import inspect
from telephony.audit.model import AuditReport, Gap, Span, Subject
from telephony.calls.pump import Pump
from telephony.calls.store import LedgerWriter
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.captures.files import read_events
from telephony.captures.model import Tally
from telephony.channel_events import PbxSnapshot
from telephony.events import CallEvent
from telephony.model import PbxName
from telephony.postgres.pool import Pool
from telephony.settings import PbxSettings, RecordingSettings, TelephonySettings
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[4]
TRANSCRIPTS = ROOT / "tests" / "transcripts"
TRUNKS = ("PJSIP/carrier-*",)
STORY = "answered_caller_hangs_up"


def told(scenario: str) -> Iterator[CallEvent]:
    tracker = Tracker(PbxName("pbx"), TrunkRules(TRUNKS))
    for event in read_events(str(TRANSCRIPTS / f"{scenario}.ami"), None, Tally()):
        yield from tracker.resync(event) if isinstance(event, PbxSnapshot) else tracker.receive(event)


async def written(pool: Pool, scenario: str) -> Span:
    """Let the pump write the scenario's calls; give a span around them."""
    pump = Pump(pool, LedgerWriter("UA"))
    events = list(told(scenario))
    for event in events:
        pump.submit(event)
    task = asyncio.create_task(pump.run(), name="pump")
    async with asyncio.timeout(PATIENCE):
        await pump.drained()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    start = min(event.at for event in events)
    return Span(start - timedelta(minutes=1), start + timedelta(hours=1), datetime.now(UTC))


def settings(folder: Path, *, record: bool = False) -> TelephonySettings:
    shutil.copy(TRANSCRIPTS / f"{STORY}.cel", folder / "ringback.csv")
    return TelephonySettings(
        pbx=(PbxSettings(trunks=TRUNKS, cel_file=folder / "ringback.csv"),),
        recording=RecordingSettings(record=record, folder=folder),
    )


def wrong(report: AuditReport) -> list[tuple[Gap, Subject]]:
    return [(one.gap, one.about) for one in report.findings if one.gap is not Gap.UNKNOWN]


async def test_what_was_heard_is_what_cel_has(pool: Pool, tmp_path: Path) -> None:
    span = await written(pool, STORY)
    report = await inspect(pool, settings(tmp_path), span)
    assert report.parts[Subject.CALL].checked == 1
    assert wrong(report) == []


async def test_a_lost_row_a_changed_one_and_a_recording_that_nobody_made_are_found(pool: Pool, tmp_path: Path) -> None:
    span = await written(pool, STORY)
    assert wrong(await inspect(pool, settings(tmp_path, record=True), span)) == [(Gap.MISSING, Subject.RECORDING)]
    await pool.execute("UPDATE calls SET talk = talk + interval '30 s'")
    assert wrong(await inspect(pool, settings(tmp_path), span)) == [(Gap.DIFFERENT, Subject.CALL)]
    await pool.execute("DELETE FROM calls")
    assert wrong(await inspect(pool, settings(tmp_path), span)) == [(Gap.MISSING, Subject.CALL)]


async def test_a_file_that_is_away_accuses_nobody(pool: Pool, tmp_path: Path) -> None:
    span = await written(pool, STORY)
    told = settings(tmp_path)
    (tmp_path / "ringback.csv").unlink()
    report = await inspect(pool, told, span)
    assert wrong(report) == []
    assert report.unknown == 1


@pytest.mark.parametrize("lost", [False, True])
async def test_the_command_says_it_and_its_exit_code_tells(
    pool: Pool, database: str, tmp_path: Path, lost: bool
) -> None:
    span = await written(pool, STORY)
    if lost:
        await pool.execute("DELETE FROM calls")
    settings(tmp_path)
    config = tmp_path / "ringback.toml"
    config.write_text(f"""
        [[pbx]]
        trunks = {json.dumps(TRUNKS)}
        cel_file = "{tmp_path}/ringback.csv"
        [database]
        dsn = "{database}"
        [recording]
        record = false
        folder = "{tmp_path}"
    """)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "audit", "--config", config, "--json",
        "--since", span.since.isoformat(), "--until", span.until.isoformat(),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complaints = await process.communicate()
    assert complaints == b""
    assert process.returncode == int(lost)
    report = json.loads(said)
    assert report["clean"] is not lost
    assert [one["gap"] for one in report["findings"] if one["gap"] != "unknown"] == ["missing"] * lost
