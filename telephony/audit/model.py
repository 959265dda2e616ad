"""The words of an audit: the span, what is compared, a finding. Pure."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from telephony.model import Call, CallId, PbxName


class Gap(StrEnum):
    """What is wrong."""

    MISSING = "missing"
    """Something that must be there is not."""
    DOUBLE = "double"
    """Something is there, or was done, twice."""
    DIFFERENT = "different"
    """Two witnesses of one thing do not agree."""
    UNKNOWN = "unknown"
    """It cannot be told whether something is wrong. Does not count against anybody."""


class Subject(StrEnum):
    """What a finding is about."""

    CALL = "call"
    RECORDING = "recording"
    CALLBACK = "callback"
    DIAL = "dial"
    PROMISE = "promise"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    gap: Gap
    about: Subject
    ids: tuple[str, ...]
    """What to look at: call ids, ``request:12``, ``attempt:7``, ``recording:3``, ``promise:5``, ``message:9``."""
    at: datetime
    why: str


class Span(NamedTuple):
    """What is looked at: what began in [since, until); ``now`` is when."""

    since: datetime
    until: datetime
    now: datetime
    patience: timedelta = timedelta(minutes=15)
    """What is due for longer and not done is missing. Every loop of ours looks far oftener."""

    @property
    def due_before(self) -> datetime:
        """What was due before this moment and is not done is missing."""
        return self.now - self.patience

    @property
    def settled_before(self) -> datetime:
        """What happened later may still be on its way into the ledger."""
        return self.now - min(self.patience, timedelta(minutes=1))

    def holds(self, moment: datetime) -> bool:
        """Return whether something that began then is looked at."""
        return self.since <= moment < self.until


class Part(NamedTuple):
    """What one comparison came to."""

    checked: int
    """How many things were looked at."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit came to."""

    span: Span
    parts: dict[Subject, Part]

    @property
    def findings(self) -> list[Finding]:
        """All of them, in order of time; what cannot be known comes last."""
        found = [finding for part in self.parts.values() for finding in part.findings]
        return sorted(found, key=lambda one: (one.gap is Gap.UNKNOWN, one.at, one.ids))

    @property
    def wrong(self) -> int:
        """How many findings count against somebody."""
        return sum(finding.gap is not Gap.UNKNOWN for finding in self.findings)

    @property
    def unknown(self) -> int:
        """How many things cannot be told."""
        return len(self.findings) - self.wrong


PlugIn = Callable[[Span], Awaitable[dict[Subject, Part]]]
"""An audit of rows that are not telephony's."""

TIME_TOLERANCE = timedelta(seconds=2)
"""Two witnesses may differ by so much: AMI and CEL are written by different threads of one Asterisk."""


class CelHistory(NamedTuple):
    """The calls that one PBX's CEL file has."""

    pbx: PbxName
    ended: tuple[Call, ...] = ()
    going_on: tuple[Call, ...] = ()
    """Those whose end is not in the file: they go on, or their Asterisk died."""
    absorbed: frozenset[CallId] = frozenset()
    """Calls that became a part of another one."""
    begins_at: datetime | None = None
    """The time of the first row; None if there is none."""
    why_not: str = ""
    """Why nothing can be said: there is no file, or it cannot be read."""


class UnwrittenEvent(NamedTuple):
    """An event that could not be written."""

    call_id: CallId
    kind: str
    reason: str
    written: bool
    died_at: datetime


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call as the archive has it; ``verdict`` is empty while it waits."""

    call_id: CallId
    stage: str
    verdict: str
    due_at: datetime
    ended_at: datetime | None
    alarmed: bool


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A recording that is to be on the disk, or not any more; ``found`` is its size there, None without a file."""

    recording_id: int
    call_id: CallId
    path: str
    size: int
    started_at: datetime
    deleted: bool
    found: int | None


@dataclass(frozen=True, slots=True)
class AuditedRequest:
    """A customer's request, as far as it can be checked."""

    request_id: int
    customer: str
    state: str
    due_at: datetime
    first_missed_at: datetime
    moved_at: datetime
    """The last line of its history."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class AuditedAttempt:
    """An attempt: one manager's phone, and the customer's dial if they accepted."""

    attempt_key: int
    request_id: int
    call_id: CallId
    """The call that it makes: ``<pbx>:<channel id>``."""
    channel_id: str
    customer: str
    written_at: datetime
    ended_at: datetime | None
    outcome: str


class Miss(NamedTuple):
    """A missed call and the request that it counts for."""

    call_id: CallId
    request_id: int
    customer: str
    missed_at: datetime


class AuditedOrder(NamedTuple):
    """A person's word on a request: dialling after it is their wish."""

    request_id: int
    customer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditedPromise:
    """A time that a caller was told."""

    promise_id: int
    request_id: int
    promised_at: datetime
    settled: bool
    overdue: bool
    request_open: bool
