"""The contract between Ringback and a CRM: `Gateway`, in one of its two forms.

Ringback decides what a CRM is told of, when, in which order and how often; a gateway knows how one CRM is told.
It keeps no state of its own: ids that it gives are remembered for it and come back as arguments.

* `CallLog` is what most CRMs have: a call is written down when it is over, and Ringback makes the lead.
* `CallCards` is for a CRM that wants to hear of a call while phones ring: it shows cards, and makes its leads itself.

**Ids** are text without spaces, of the CRM's own choosing; where ids alone are not unique, with the kind before them:
``contact:17``. ``about`` is the id of the card that things stand on: `Contact.crm_id`. A CRM that has no place for a
thing gives an empty id; that is no error.

**Users** are the CRM's own ids, from the settings' ``users``. An ``owner`` or ``user`` may be empty: then the CRM
chooses, or the thing is nobody's; a CRM that wants somebody refuses. One who was dismissed is refused, too: Ringback
then tries the next (the default user, and nobody).

**Errors** say what becomes of the message, so they must be right (`crm_bridge.crm.errors`):

* `CrmThrottled`: the CRM's limit; later, and nothing is spent;
* `CrmDenied`: the key is wrong or has too few rights at all; later, and nothing is spent;
* `CrmRefused`: understood, and no: this part is a dead letter with the CRM's words. Also for one card that the key may
  not touch, for a user who is gone, for a field that is wrong;
* `CrmMissing` (a `CrmRefused`): the card or thing is deleted or merged; Ringback looks for another;
* `CrmBroken`, `aiohttp.ClientError`, `TimeoutError`, `OSError`: tried again.

**Twice**: any method may be called again after its answer was lost. What makes something is preceded by its ``seek``;
what changes something must bear repeating.

**Hostile**: names, numbers and notes come from callers. Whoever shows them as HTML escapes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from crm_bridge.crm.policy.follow_ups import FollowUp
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import Contact, CrmFinding, Fate, KeptCall, Trace
from crm_bridge.schemas import CallShape


class AskedCrm(Protocol):
    """What people and the lookup ask of a CRM."""

    async def find(self, number: str) -> Contact | None:
        """Find whose number it is, in E.164; the CRM may have it in any spelling (`phone_search`)."""
        ...

    async def examine(self) -> list[CrmFinding]:
        """Try everything that must work, and say what does not and the cure; nothing is raised or written."""
        ...

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls that it has from a span, for the audit; by start or by when it was told, as it knows."""
        ...


class Gateway(AskedCrm, Protocol):
    """How one CRM is told, asked and tried: what both forms have."""

    @property
    def looks_first(self) -> bool:
        """Whether to look for a thing even before it is made for the first time.

        It costs a request for each, and holds even if our database was lost.
        """
        ...

    @property
    def plays(self) -> frozenset[str]:
        """The formats of recordings that it plays, as ``mp3``; empty where it opens any link."""
        ...

    async def put_recording(self, call_id: str, about: str, crm_call: str, url: str, kind: str) -> None:
        """Put a recording where it can be played; doing it again changes nothing.

        Args:
            call_id: our id of the call.
            about: the card, or empty.
            crm_call: the CRM's id of the call, or empty.
            url: where it is played, also by a browser that is not signed in.
            kind: the file's format: ``mp3``, ``wav``, ``opus`` ...
        """
        ...

    async def put_task(self, about: str, duty: FollowUp) -> str:
        """Make a task and give its id; empty if there is no place for one."""
        ...

    async def seek_task(self, about: str, duty: FollowUp) -> str:
        """Find the task that a try before made, by ``duty.marker``, or empty."""
        ...

    async def close_task(self, about: str, task: str, words: str) -> None:
        """Close it with what happened; one that is closed or gone already is well."""
        ...

    async def amend_task(self, about: str, task: str, words: str) -> None:
        """Write on it what happened and leave it open; doing it again changes nothing, one that is gone is well."""
        ...

    async def put_notes(self, call_id: str, about: str, crm_call: str, lines: Sequence[str]) -> str:
        """Write down what people wrote on a call, beside it, and give the id; empty if there is no place.

        ``lines`` are plain text: whoever shows them as HTML escapes them.
        """
        ...

    async def seek_notes(self, call_id: str, about: str) -> str:
        """Find those that a try before wrote, by `notes_marker`, or empty."""
        ...

    async def change_notes(self, call_id: str, about: str, written: str, lines: Sequence[str]) -> None:
        """Write them anew in the same place; ``written`` is their id.

        Raises:
            CrmMissing: they are not there any more.
        """
        ...

    async def erase(self, trace: Trace) -> Fate:
        """Delete one thing that we made; doing it again is well.

        Raises:
            CrmMissing: it is not there (any more).
        """
        ...


@runtime_checkable
class CallLog(Gateway, Protocol):
    """A CRM that is told of calls when they are over."""

    @property
    def makes_people(self) -> bool:
        """Whether later calls of somebody new belong to what `put_lead` made."""
        ...

    async def put_lead(self, call: CallShape, owner: str, rule: LeadRule) -> Contact:
        """Make a caller whom nobody knows known."""
        ...

    async def seek_lead(self, call: CallShape) -> Contact | None:
        """Find the lead that a try before made, where `find` would not."""
        ...

    async def put_call(self, call: CallShape, about: str, user: str) -> str:
        """Write the call down and give its id; ``user`` is ours who spoke, or empty."""
        ...

    async def seek_call(self, call: CallShape, about: str) -> str:
        """Find the call that a try before wrote, or empty."""
        ...


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call that the CRM itself put on a card."""

    crm_id: str
    about: Contact | None
    """Whose card; None if it is none that we would have chosen."""


@runtime_checkable
class PlacesCalls(Protocol):
    """May be added to `CallLog` where the CRM finds a call's customer itself: a backlog then needs fewer searches."""

    async def place_call(self, call: CallShape, user: str, url: str) -> PlacedCall | None:
        """Write the call down on the card that the CRM finds for it; None if it finds none, and nothing was written.

        ``url`` is where its recording is played, or empty.
        """
        ...


@dataclass(frozen=True, slots=True)
class OpenedCall:
    """A call as a CRM with cards has opened it."""

    crm_id: str
    about: str = ""
    """The card that it stands on, or empty."""
    no_lead: str = ""
    """Why a lead that was wanted could not be made, in the CRM's words."""


@runtime_checkable
class CallCards(Gateway, Protocol):
    """A CRM that shows cards while phones ring, and makes its leads itself."""

    async def opened_before(self, call: CallShape, user: str) -> str:
        """Return the id of a call that the CRM has opened itself (somebody clicked there), or empty.

        ``user`` is whose phone rings or rang.
        """
        ...

    async def open_call(self, call: CallShape, user: str, *, lead: bool) -> OpenedCall:
        """Open a call, as ``user``'s; with the same user again it gives the same id.

        ``lead`` is whether the CRM is to make a lead of a caller whom it does not know.
        """
        ...

    async def show_card(self, crm_call: str, user: str) -> None:
        """Show a call's card to one whose phone rings."""
        ...

    async def hide_card(self, crm_call: str, users: Sequence[str]) -> None:
        """Hide it from those who did not answer."""
        ...

    async def finish_call(self, call: CallShape, crm_call: str, user: str) -> str:
        """Write down how a call ended; gives the id of what the CRM made of it, or empty.

        Raises:
            CrmMissing: it is not open: finished already, or never opened.
        """
        ...

    async def ended(self, call: CallShape, crm_call: str) -> None:
        """Forget what was only needed while the call went on."""
        ...
