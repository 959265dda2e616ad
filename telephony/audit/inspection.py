"""A whole audit: everything read, everything compared."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta

from telephony.audit import callbacks, calls, dials, promises, recordings
from telephony.audit.history import read_history
from telephony.audit.model import AuditReport, CelHistory, Part, PlugIn, Span, Subject
from telephony.audit.reading import BEFORE, Rows, read
from telephony.calls.tracking.trunks import TrunkRules
from telephony.model import Call, PbxName
from telephony.postgres.pool import Pool
from telephony.recording.plan.policy import Rules, Wish, decide
from telephony.settings import PbxSettings, TelephonySettings


async def inspect(
    pool: Pool, settings: TelephonySettings, span: Span, *, pbx: str = "", plug_ins: Iterable[PlugIn] = ()
) -> AuditReport:
    """Audit ``span``; ``pbx``: the calls of that one only. What others plug in is asked after ours."""
    pbxs = [one for one in settings.pbx if pbx in {"", one.name}]
    histories = [await asyncio.to_thread(_history, one, span) for one in pbxs]
    rows = await read(pool, span, settings.recording.folder)
    if pbx:
        rows = rows._replace(calls=[call for call in rows.calls if call.pbx == pbx])
    parts = compare(span, rows, histories, settings)
    for plug_in in plug_ins:
        parts |= await plug_in(span)
    return AuditReport(span, parts)


def compare(
    span: Span, rows: Rows, histories: Sequence[CelHistory], settings: TelephonySettings
) -> dict[Subject, Part]:
    """Compare all that is telephony's; no I/O."""
    rules = Rules.of(settings.recording, settings.numbers.region)
    seen = dials.Witnesses(best_witnesses(rows.calls, histories), rows.attempts, rows.misses, rows.orders)
    return {
        Subject.CALL: calls.compare(span, histories, calls.Ledger(rows.calls, rows.merges), rows.letters),
        Subject.RECORDING: recordings.compare(
            span, rows.calls, lambda call: decide(rules, call) is Wish.RECORD, rows.recorded, rows.files
        ),
        Subject.CALLBACK: callbacks.compare(
            span, rows.calls, rows.misses, rows.requests, rows.attempts, rings=settings.callback.enabled
        ),
        Subject.DIAL: dials.compare(
            span,
            seen,
            region=settings.numbers.region,
            reached=timedelta(seconds=settings.callback.reached_seconds),
        ),
        Subject.PROMISE: promises.compare(span, rows.promises, timedelta(minutes=settings.promise.slot_minutes)),
    }


def best_witnesses(ledger: Iterable[Call], histories: Iterable[CelHistory]) -> list[Call]:
    """Return each call once: as CEL has it to its end, else as the ledger does, else as CEL has its beginning."""
    found = {call.call_id: call for history in histories for call in history.going_on}
    found |= {call.call_id: call for call in ledger}
    found |= {call.call_id: call for history in histories for call in history.ended}
    return list(found.values())


def _history(pbx: PbxSettings, span: Span) -> CelHistory:
    name = PbxName(pbx.name)
    if pbx.cel_file is None:
        return CelHistory(name, why_not="pbx.cel_file is not set, so nothing but the ledger tells of calls")
    return read_history(pbx.cel_file, name, TrunkRules(pbx.trunks, pbx.trunk_contexts), span.since - BEFORE)
