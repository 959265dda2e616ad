"""The rows of recordings: each function is one statement or two, in the transaction that it is given."""

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from telephony.model import Call, CallId, Direction, PbxName, RecordingSegment
from telephony.ports import Transaction
from telephony.postgres.queries import load
from telephony.recording.files import Stored
from telephony.recording.plan.names import RecordedSide, is_ours, read_tape_name
from telephony.recording.plan.rows import (
    Alarm,
    ArchiveStage,
    FileRow,
    Job,
    Keeping,
    OrderKind,
    RecordingOrder,
    sound_of,
)
from telephony.recording.plan.segment import speaker_of
from telephony.recording.plan.verdict import Judgement, SoundVerdict
from telephony.recording.plan.waveform import Sound


class RecordingSql(NamedTuple):
    """One field a query; what it does is told in the file."""

    open_call: str
    add_recording: str
    move_recordings: str
    move_orders: str
    forget_call: str
    end_call: str
    end_lost_calls: str
    claim: str
    next_due: str
    recordings_to_convert: str
    saw_bytes: str
    keep_recording: str
    judge_recording: str
    untried: str
    judge_call: str
    later: str
    finish_call: str
    original_gone: str
    open_tapes: str
    open_orders: str
    add_order: str
    orders: str
    raise_call_alarm: str
    raise_house_alarm: str
    clear_house_alarm: str
    clear_alarm: str
    clear_call_alarms: str
    hold: str
    claim_old: str
    leftovers: str
    forget_leftover: str
    old_messages: str
    old_answers: str
    forget_answer: str
    forget_message: str
    claim_for_deletion: str
    deleted: str
    log_deletion: str


SQL: Final = load(Path(__file__).with_name("recordings.sql"), RecordingSql)

_LONGEST_PATH = 1000


# --- while the call goes on -------------------------------------------------------------------------------------------


def keeping_of(call: Call) -> Keeping:
    """Say for how long a call's recordings are kept."""
    if call.answered_at is None and call.direction is not Direction.OUTBOUND:
        return Keeping.UNANSWERED
    return Keeping(call.direction.value)


def _columns(call: Call, *, wanted: bool) -> tuple[object, ...]:
    return (
        call.call_id,
        call.pbx,
        keeping_of(call),
        wanted,
        call.answered_at is not None,
        call.talk_seconds,
        [leg.uniqueid for leg in call.legs],
        call.started_at,
    )


async def add_segment(tx: Transaction, call: Call, segment: RecordingSegment, *, wanted: bool, now: datetime) -> None:
    """Remember that the PBX writes a file for a call; the same file told again changes nothing."""
    await tx.execute(SQL.open_call, *_columns(call, wanted=wanted), now)
    await _add_file(tx, call.call_id, call.pbx, segment, swapped=_swapped(call, segment))


async def add_found(tx: Transaction, job: Job, path: str, uniqueid: str, started_at: datetime) -> None:
    """Remember a tape of ours that was found on the disk and that nobody had told of."""
    name = read_tape_name(path)
    swapped = name is not None and name.speaker is RecordedSide.MANAGER
    adopted = False
    await tx.execute(SQL.add_recording, job.call_id, job.pbx, path, "", uniqueid, started_at, adopted, swapped)


async def _add_file(tx: Transaction, call_id: str, pbx: str, segment: RecordingSegment, *, swapped: bool) -> None:
    adopted = not is_ours(segment.path)
    # What a PBX calls a file is anything: the text must be one that PostgreSQL and its indexes take.
    path = segment.path.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:_LONGEST_PATH]
    row = (call_id, pbx, path, segment.channel, segment.uniqueid, segment.started_at, adopted, swapped)
    await tx.execute(SQL.add_recording, *row)


def _swapped(call: Call, segment: RecordingSegment) -> bool:
    """Return whether the manager's voice is in a tape's first channel."""
    name = read_tape_name(segment.path)
    if name is None:
        return False
    speaker = name.speaker
    return (speaker_of(call, segment.channel) if speaker is RecordedSide.UNKNOWN else speaker) is RecordedSide.MANAGER


async def merge_calls(tx: Transaction, absorbed: CallId, call: Call, *, wanted: bool, now: datetime) -> None:
    """Give all that is known of ``absorbed`` to ``call``."""
    await tx.execute(SQL.open_call, *_columns(call, wanted=wanted), now)
    await tx.execute(SQL.move_recordings, absorbed, call.call_id)
    await tx.execute(SQL.move_orders, absorbed, call.call_id)
    await tx.execute(SQL.forget_call, absorbed)


async def end_call(tx: Transaction, call: Call, *, wanted: bool, due: datetime) -> None:
    """Put an ended call into the archive's queue, once; all its files are remembered, too."""
    await tx.execute(SQL.end_call, *_columns(call, wanted=wanted), call.ended_at, due)
    for segment in call.recordings:
        await _add_file(tx, call.call_id, call.pbx, segment, swapped=_swapped(call, segment))


async def end_lost_calls(tx: Transaction, before: datetime, now: datetime) -> int:
    """Take calls as ended whose end was never heard; return how many."""
    return int((await tx.execute(SQL.end_lost_calls, before, now)).rpartition(" ")[2])


async def open_tapes(tx: Transaction) -> dict[CallId, list[RecordingSegment]]:
    """Return the files that are being written, by call."""
    found: dict[CallId, list[RecordingSegment]] = {}
    for row in await tx.fetch(SQL.open_tapes):
        segment = RecordingSegment(row["pbx_path"], row["channel"], row["uniqueid"], row["started_at"])
        found.setdefault(CallId(row["call_id"]), []).append(segment)
    return found


async def open_orders(tx: Transaction) -> dict[CallId, list[OrderKind]]:
    """Return what was ordered for calls in progress, in order."""
    found: dict[CallId, list[OrderKind]] = {}
    for row in await tx.fetch(SQL.open_orders):
        found.setdefault(CallId(row["call_id"]), []).append(OrderKind(row["kind"]))
    return found


async def add_order(tx: Transaction, call: Call, order: RecordingOrder, *, wanted: bool) -> None:
    """Write down who ordered what."""
    await tx.execute(SQL.open_call, *_columns(call, wanted=wanted), order.at)
    await tx.execute(SQL.add_order, call.call_id, order.at, order.kind, order.by)


async def orders(tx: Transaction, call_id: CallId) -> list[RecordingOrder]:
    """Return what was ordered for a call, in order."""
    rows = await tx.fetch(SQL.orders, call_id)
    return [RecordingOrder(OrderKind(row["kind"]), row["at"], row["by_whom"]) for row in rows]


# --- the archive's queue ----------------------------------------------------------------------------------------------


async def claim(tx: Transaction, now: datetime) -> Job | None:
    """Lock the next due call for this transaction; None if there is none that nobody else has."""
    row = await tx.fetchrow(SQL.claim, now)
    if row is None:
        return None
    return Job(
        CallId(row["call_id"]),
        PbxName(row["pbx"]),
        row["wanted"],
        row["answered"],
        row["talk_seconds"],
        tuple(row["uniqueids"]),
        ArchiveStage(row["stage"]),
        row["tries"],
    )


async def next_due(tx: Transaction) -> datetime | None:
    """Return when the next call that nobody has claimed is due."""
    found: datetime | None = await tx.fetchval(SQL.next_due)
    return found


async def files_of(tx: Transaction, call_id: CallId) -> list[FileRow]:
    """Return a claimed call's files."""
    return [
        FileRow(
            row["id"],
            CallId(row["call_id"]),
            row["pbx_path"],
            row["started_at"],
            row["adopted"],
            row["swapped"],
            row["seen_bytes"],
            _verdict(row["verdict"]),
            row["original_gone"],
            sound_of(row["seconds"], row["levels"], row["voiced"], row["peaks"]),
        )
        for row in await tx.fetch(SQL.recordings_to_convert, call_id)
    ]


async def keep(
    tx: Transaction, number: int, verdict: SoundVerdict, stored: Stored, format_: str, sound: Sound, now: datetime
) -> None:
    """Remember a converted file."""
    sides = sound.sides
    await tx.execute(
        SQL.keep_recording,
        number,
        verdict,
        str(stored.path),
        format_,
        stored.size,
        stored.sha256,
        sound.seconds,
        len(sides),
        [side.level for side in sides],
        [side.voiced_seconds for side in sides],
        [side.peaks for side in sides],
        now,
    )


async def saw_bytes(tx: Transaction, number: int, size: int) -> None:
    """Remember how big an original was."""
    await tx.execute(SQL.saw_bytes, number, size)


async def judge_file(tx: Transaction, number: int, verdict: SoundVerdict) -> None:
    """Remember the verdict on a file that was not converted."""
    await tx.execute(SQL.judge_recording, number, verdict)


async def untried(tx: Transaction, numbers: list[int]) -> None:
    """Take back the verdict on files that were missing or unreadable: they are tried again."""
    await tx.execute(SQL.untried, numbers)


async def judge_call(
    tx: Transaction, call_id: CallId, judgement: Judgement, stage: ArchiveStage, now: datetime
) -> None:
    """Remember the verdict on a call."""
    await tx.execute(SQL.judge_call, call_id, stage, judgement.verdict, judgement.why, now)


async def later(tx: Transaction, call_id: CallId, due: datetime, tries: int) -> None:
    """Look at a call again at ``due``."""
    await tx.execute(SQL.later, call_id, due, tries)


async def original_gone(tx: Transaction, number: int) -> None:
    """Remember that an original was removed."""
    await tx.execute(SQL.original_gone, number)


async def finish_call(tx: Transaction, call_id: CallId) -> None:
    """Nothing is left to do for a call."""
    await tx.execute(SQL.finish_call, call_id)


# --- alarms -----------------------------------------------------------------------------------------------------------


async def raise_alarm(tx: Transaction, call_id: CallId | None, cause: str, why: str, now: datetime) -> Alarm | None:
    """Raise an alarm; None if it was raised before (and, of the house, is still open)."""
    if call_id is None:
        number = await tx.fetchval(SQL.raise_house_alarm, cause, why, now)
    else:
        number = await tx.fetchval(SQL.raise_call_alarm, call_id, cause, why, now)
    return None if number is None else Alarm(number, call_id, cause, why, now)


async def clear_house_alarm(tx: Transaction, cause: str, now: datetime) -> bool:
    """Clear an alarm of the house; tell whether it was open."""
    return await tx.fetchval(SQL.clear_house_alarm, cause, now) is not None


async def clear_alarm(tx: Transaction, number: int, by: str, now: datetime) -> bool:
    """Clear an alarm in somebody's name; tell whether it was open."""
    return await tx.fetchval(SQL.clear_alarm, number, now, by) is not None


async def clear_call_alarms(tx: Transaction, call_id: CallId, now: datetime) -> None:
    """A call has a good recording after all: its alarms clear by themselves."""
    await tx.execute(SQL.clear_call_alarms, call_id, now)


def _verdict(text: str | None) -> SoundVerdict | None:
    return None if text is None else SoundVerdict(text)
