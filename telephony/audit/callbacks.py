"""Missed calls against requests, and requests against what moves them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from telephony.audit.model import AuditedAttempt, AuditedRequest, Finding, Gap, Miss, Part, Span, Subject
from telephony.model import Call, CallKind, Disposition

_LONGEST_RING: Final = timedelta(hours=4)
"""An attempt that is open for longer has lost its end: no talk of a callback lasts so long unseen."""
_AT_WORK: Final = frozenset({"ringing", "dialling", "talking"})


def compare(
    span: Span,
    calls: Iterable[Call],
    misses: Sequence[Miss],
    requests: Sequence[AuditedRequest],
    attempts: Sequence[AuditedAttempt],
    *,
    rings: bool = True,
) -> Part:
    """See that each missed call has its request (or its reason against one), and that no request is stuck.

    ``rings``: whether callbacks are made at all.
    """
    missed = [
        call
        for call in calls
        if call.disposition is Disposition.MISSED and call.kind is not CallKind.CALLBACK and span.holds(call.started_at)
    ]
    found = [*_unasked(span, missed, misses)]
    busy = {attempt.request_id for attempt in attempts if attempt.ended_at is None}
    for request in requests:
        found += _stuck(span, request, busy) if rings else ()
    found += _endless(span, attempts)
    return Part(len(missed) + len(requests), tuple(found))


def _unasked(span: Span, missed: Iterable[Call], misses: Iterable[Miss]) -> Iterator[Finding]:
    noted = {miss.call_id for miss in misses}
    for call in missed:
        if call.call_id not in noted and call.ended_at and call.ended_at < span.settled_before:
            why = "it was missed, and there is neither a request to call back nor a reason against it"
            yield Finding(Gap.MISSING, Subject.CALLBACK, (call.call_id,), call.started_at, why)


def _stuck(span: Span, request: AuditedRequest, busy: set[int]) -> Iterator[Finding]:
    ids = (f"request:{request.request_id}",)
    if request.state == "waiting" and request.due_at < span.due_before:
        why = f"it is due since {request.due_at:%Y-%m-%d %H:%M:%S} UTC, and nobody looked at it"
        yield Finding(Gap.MISSING, Subject.CALLBACK, ids, request.first_missed_at, why)
    elif request.state in _AT_WORK and request.request_id not in busy and request.moved_at < span.due_before:
        why = f"it is {request.state} since {request.moved_at:%Y-%m-%d %H:%M:%S} UTC, and no phone rings for it"
        yield Finding(Gap.DIFFERENT, Subject.CALLBACK, ids, request.first_missed_at, why)


def _endless(span: Span, attempts: Iterable[AuditedAttempt]) -> Iterator[Finding]:
    for attempt in attempts:
        if attempt.ended_at is None and attempt.written_at < span.now - _LONGEST_RING:
            ids = (f"request:{attempt.request_id}", f"attempt:{attempt.attempt_key}")
            yield Finding(Gap.MISSING, Subject.CALLBACK, ids, attempt.written_at, "its end is not known for hours")
