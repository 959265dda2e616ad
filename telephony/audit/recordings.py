"""Answered calls against their recordings, and the rows of recordings against the files on the disk. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from telephony.audit.model import Finding, Gap, KeptFile, Part, RecordedCall, Span, Subject
from telephony.model import Call, CallId

_GOOD = frozenset({"good", "not_wanted"})


def compare(
    span: Span,
    calls: Iterable[Call],
    wanted: Callable[[Call], bool],
    recorded: Mapping[CallId, RecordedCall],
    files: Sequence[KeptFile],
) -> Part:
    """See that each answered call that is to be recorded has a good recording or an alarm, and each file is there.

    Args:
        span: what is looked at.
        calls: the ledger's.
        wanted: the operator's policy.
        recorded: what the archive has of these calls.
        files: the recordings of these calls.
    """
    answered = [call for call in calls if call.answered_at and call.ended_at and span.holds(call.started_at)]
    found: list[Finding] = []
    for call in answered:
        if wanted(call):
            found += _of_call(span, call, recorded.get(call.call_id))
    found += _twice(files)
    for file in files:
        found += _of_file(file)
    return Part(len(answered) + len(files), tuple(found))


def _of_call(span: Span, call: Call, row: RecordedCall | None) -> Iterator[Finding]:
    def finding(gap: Gap, why: str) -> Finding:
        return Finding(gap, Subject.RECORDING, (call.call_id,), call.started_at, why)

    if row is None:
        yield finding(Gap.MISSING, "it was answered and is to be recorded; nothing recorded it, and there is no alarm")
    elif row.stage in {"open", "ended"}:
        if row.stage == "open" and call.ended_at and call.ended_at < span.due_before:
            yield finding(Gap.DIFFERENT, "the call has ended, its recording still waits for that")
        elif row.stage == "ended" and row.due_at < span.due_before:
            yield finding(Gap.MISSING, f"it is to be converted since {row.due_at:%Y-%m-%d %H:%M:%S} UTC")
    elif row.verdict not in _GOOD and not row.alarmed:
        yield finding(Gap.MISSING, f"its recording is {row.verdict}, and no alarm says so")


def _of_file(file: KeptFile) -> Iterator[Finding]:
    def finding(gap: Gap, why: str) -> Finding:
        return Finding(gap, Subject.RECORDING, (file.call_id, f"recording:{file.recording_id}"), file.started_at, why)

    if file.deleted:
        if file.found is not None:
            yield finding(Gap.DIFFERENT, f"{file.path} was deleted by the ledger, and is still there")
    elif file.found is None:
        yield finding(Gap.MISSING, f"{file.path} is not there")
    elif file.found != file.size:
        yield finding(Gap.DIFFERENT, f"{file.path} has {file.found} bytes, the ledger says {file.size}")


def _twice(files: Sequence[KeptFile]) -> Iterator[Finding]:
    counted = Counter(file.path for file in files if not file.deleted)
    for path in (path for path, times in counted.items() if times > 1):
        mine = [file for file in files if file.path == path]
        ids = tuple(f"recording:{file.recording_id}" for file in mine)
        yield Finding(
            Gap.DOUBLE, Subject.RECORDING, ids, mine[0].started_at, f"{path} is the file of several recordings"
        )
