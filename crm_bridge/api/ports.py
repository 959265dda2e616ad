"""What the API asks of telephony, as small Protocols; `service.py` plugs the concrete classes in.

What comes back is read into the API's own shapes by its attributes (pydantic's ``from_attributes``), so no class of
another room is named here; ids are telephony's own NewTypes of int and str, which a Protocol cannot name.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from telephony.model import CallId
from telephony.ports import Transaction

Id = Any
"""An id of another room: int or str."""
Value = Any
"""A frozen value of another room; a shape reads it."""


class CallbackOrders(Protocol):
    """People's orders about callback requests; what cannot be done raises why, and changed nothing."""

    async def show(self, request_id: Id) -> Value:
        """Return everything about one request."""
        ...

    async def create(self, number: str, by: str, *, due_at: datetime, name: str = "", did: str = "") -> Value:
        """Open a request by hand."""
        ...

    async def snooze(self, request_id: Id, until: datetime, by: str) -> Value:
        """Ring later."""
        ...

    async def cancel(self, request_id: Id, by: str) -> Value:
        """Nobody needs to be called back."""
        ...

    async def done(self, request_id: Id, by: str) -> Value:
        """It was dealt with otherwise."""
        ...

    async def rank(self, request_id: Id, priority: int, by: str) -> Value:
        """Return how urgent it is."""
        ...

    async def reassign(self, request_id: Id, manager: Id, by: str) -> Value:
        """Make somebody else the owner, and ring them."""
        ...


class CalendarOrders(Protocol):
    """The company's calendar, and the days told by the API; numbers are canonical, an empty scope is everybody's."""

    async def days(self, first: date, last: date) -> list[Value]:
        """Return the days told, both ends included."""
        ...

    async def ahead(self, first: date, last: date) -> list[Value]:
        """Return each day with its hours, both ends included."""
        ...

    async def put(self, day: date, *, hours: str, note: str, did: str, group: str, by: str) -> Value:
        """Return a day."""
        ...

    async def take_back(self, day: date, *, did: str, group: str) -> bool:
        """Let a day be as it is without; tell whether it was told."""
        ...

    async def at(self, at: datetime | None = None, *, did: str = "", group: str = "") -> Value:
        """Return whether we work."""
        ...


class RecordingOrders(Protocol):
    """Orders about the recording of a call that goes on."""

    async def start(self, call_id: CallId, by: str) -> None:
        """Record it from now on."""
        ...

    async def stop(self, call_id: CallId, by: str) -> None:
        """Record it no longer."""
        ...

    async def pause(self, call_id: CallId, by: str) -> None:
        """Write silence."""
        ...

    async def resume(self, call_id: CallId, by: str) -> None:
        """Write sound again."""
        ...


class Library(Protocol):
    """Opens kept recordings."""

    def opened(self, path: str) -> AbstractContextManager[int]:
        """Open a kept file by its row's path; yields a descriptor."""
        ...


class MessageFiles(Protocol):
    """Opens what callers left to be heard, where the PBX keeps it."""

    def opened(self, pbx: str, path: str) -> AbstractContextManager[int]:
        """Open a PBX's file by the PBX's path; yields a descriptor."""
        ...


class AlarmOrders(Protocol):
    """Alarms of recordings."""

    async def clear(self, alarm_id: int, by: str) -> bool:
        """Clear one in somebody's name; False if it was cleared already, or is none."""
        ...


class Presences(Protocol):
    """How managers' phones stand."""

    def everybody(self) -> Sequence[Value]:
        """Return all, in the directory's order."""
        ...


class AbsenceOrders(Protocol):
    """Managers who are away; what cannot be done raises why, and changed nothing."""

    async def standing(self) -> Sequence[Value]:
        """Return absences of now and those to come."""
        ...

    async def announce(
        self, manager: Id, *, since: datetime | None, until: datetime | None, reason: str, by: str
    ) -> Value:
        """Let a manager be away."""
        ...

    async def end(self, absence_id: int, by: str) -> Value:
        """End one, or take it back."""
        ...


class HealthParts(Protocol):
    """How the daemon's parts are."""

    def parts(self) -> Sequence[Value]:
        """Ask each, now."""
        ...


class DirectoryOrders(Protocol):
    """Writes the local directory; numbers are canonical."""

    async def put_customer(self, number: str, *, name: str, manager_id: str | None, do_not_call: bool) -> None:
        """Add or replace a customer."""
        ...

    async def mark(self, number: str, *, do_not_call: bool) -> bool:
        """Set or lift the mark; tell whether anything changed."""
        ...

    async def forget_customer(self, number: str) -> bool:
        """Take a customer out; tell whether they were in."""
        ...


class DeadLetterOrders(Protocol):
    """Call events that could not be written."""

    async def page(self, limit: int, before: int | None = None) -> Sequence[Value]:
        """Return a page, newest first; ``before`` is an id."""
        ...

    async def one(self, letter: int) -> Value:
        """Return one whole."""
        ...

    async def ask(self, letter: int, by: str) -> None:
        """Have one tried again."""
        ...


class Dialler(Protocol):
    """Click-to-call."""

    async def dial(self, manager: str, number: str, by: str) -> CallId:
        """Ring a manager, then dial the number; gives the call's id at once."""
        ...


class PrivacyOrders(Protocol):
    """Holding and forgetting a number."""

    async def hold(self, number: str, *, reason: str, by: str) -> bool:
        """Forbid its erasure; False if it was held already."""
        ...

    async def release(self, number: str, *, by: str) -> bool:
        """End the hold; False if there was none."""
        ...

    async def exported(self, by: str, calls: int) -> None:
        """Write down an export."""
        ...

    async def erase(self, number: str, *, reason: str, by: str) -> Value:
        """Forget it."""
        ...


class SurveyAsking(Protocol):
    """Surveys by phone; what cannot be done raises why, and changed nothing."""

    async def ask_now(self, number: str, by: str) -> Value:
        """Have a customer asked."""
        ...

    async def cancel(self, survey_id: Id, by: str) -> None:
        """Call a planned one off."""
        ...

    async def sold(self, transaction: Transaction, number: str, at: datetime) -> Value:
        """Plan the survey of a purchase, in the transaction that tells of it; None if none is to be made."""
        ...

    async def refuse(self, number: str, by: str) -> bool:
        """Never ask a customer again; False if that was known."""
        ...

    async def allow(self, number: str) -> bool:
        """Take that back; False if there was nothing to."""
        ...


@dataclass(frozen=True, slots=True)
class ApiServices:
    """All of them."""

    absences: AbsenceOrders
    alarms: AlarmOrders
    calendar: CalendarOrders
    callbacks: CallbackOrders
    clicks: Dialler
    dead_letters: DeadLetterOrders
    directory: DirectoryOrders
    health: HealthParts
    library: Library
    messages: MessageFiles
    presences: Presences
    privacy: PrivacyOrders
    recorder: RecordingOrders
    settings: Sequence[Value]
    """Those that hold, without secrets."""
    surveys: SurveyAsking
