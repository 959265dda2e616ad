"""One phone rings, asks for a key and records a few words; then the call is shown as it stands in the ledger.

(Called a trial, for what is called a test here tests the code.)
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple

from deploy.attach.errors import AttachError
from telephony.checkup.pbx import logged_in
from telephony.model import Party
from telephony.pbx.asking import ring, value_of
from telephony.pbx.requests import GetVariable, Originate, ToExtension
from telephony.ports import Row
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load
from telephony.settings import PbxSettings

_CONTEXT: Final = "ringback-test"
_RESULT: Final = "RINGBACK_TEST"
_RING_SECONDS: Final = 30.0
_PATIENCE: Final = 60.0
"""Seconds from the answer to the row in the ledger with its recording: the call itself takes twenty at most."""
_LOOK_EVERY: Final = 0.25


class _TrialSql(NamedTuple):
    call_of: str
    recording_of: str


SQL: Final = load(Path(__file__).with_name("trial.sql"), _TrialSql)


async def place_trial(pbx: PbxSettings, pool: Pool, endpoint: str, number: str, folder: Path) -> AsyncIterator[str]:
    """Ring ``endpoint``; yield what happens, and at last the call as the ledger has it.

    Args:
        pbx: the PBX's settings: the call is placed with the AMI user's own rights.
        pool: on the ledger.
        endpoint: ``PJSIP/101``.
        number: what its display shows.
        folder: where recordings are kept.

    Raises:
        AttachError: nobody answered, or the ledger never had the call; the text says where to look.
    """
    uniqueid = f"rb-trial-{secrets.token_hex(6)}"
    asked = Originate(
        endpoint, ToExtension(_CONTEXT), uniqueid, caller=Party(number, "Ringback"), ring_seconds=_RING_SECONDS
    )
    async with logged_in(pbx) as line:
        yield f"{endpoint} rings: pick up, press 1, say a few words after the beep"
        went = await ring(line.link, asked, timeout_seconds=_RING_SECONDS + 10)
        if not went.answered:
            raise AttachError(f"{endpoint} did not answer ({went.reason.name.lower()}): is that telephone registered?")
        call = await _until_there(pool, SQL.call_of, uniqueid)
        key = (await value_of(line.link, GetVariable(_RESULT))).removeprefix(f"{uniqueid}/")
    if call is None:
        raise AttachError("the call is not in the ledger: is the daemon logged in? /healthz and its log tell")
    pressed = {"": "no key was heard (is its DTMF on RFC 4733?)", "1": "1 was pressed"}.get(key, f"key {key}")
    seconds = (call["ended_at"] - call["started_at"]).total_seconds()
    yield (
        f"ledger     {call['call_id']}: {call['direction']}, {call['caller_number'] or number}, "
        f"began {call['started_at'].astimezone():%H:%M:%S}, {seconds:.0f} s, "
        f"{call['disposition']} (no second person was in it); {pressed}"
    )
    tape = await _until_there(pool, SQL.recording_of, call["call_id"])
    yield _recording(tape, folder)


def _recording(tape: Row | None, folder: Path) -> str:
    if tape is None:
        return "recording  none came: `ringback check` tells whether the PBX's folder can be read"
    if tape["path"] is None:
        return f"recording  {tape['verdict']}"
    return f"recording  {folder / tape['path']}: {tape['seconds']:.1f} s, {tape['bytes']:,} bytes, {tape['verdict']}"


async def _until_there(pool: Pool, query: str, value: str) -> Row | None:
    """Ask again and again: the database tells nobody of a row."""
    for _ in range(int(_PATIENCE / _LOOK_EVERY)):
        row = await pool.fetchrow(query, value)
        if row is not None:
            return row
        await asyncio.sleep(_LOOK_EVERY)
    return None
