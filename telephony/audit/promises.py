"""Times that callers were told: settled, or still open in their time. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from telephony.audit.model import AuditedPromise, Finding, Gap, Part, Span, Subject


def compare(span: Span, promises: Sequence[AuditedPromise], slot: timedelta) -> Part:
    """See what became of each; ``slot`` is how long after its time a promise still counts as kept."""
    return Part(len(promises), tuple(finding for one in promises for finding in _of_one(span, one, slot)))


def _of_one(span: Span, one: AuditedPromise, slot: timedelta) -> Iterator[Finding]:
    if one.settled:
        return
    ids = (f"promise:{one.promise_id}", f"request:{one.request_id}")
    if not one.request_open:
        why = "its request is closed, and nothing says what became of the promise"
        yield Finding(Gap.MISSING, Subject.PROMISE, ids, one.promised_at, why)
    elif not one.overdue and one.promised_at + slot < span.due_before:
        why = "its time has passed, and it is neither kept nor marked as overdue"
        yield Finding(Gap.MISSING, Subject.PROMISE, ids, one.promised_at, why)
