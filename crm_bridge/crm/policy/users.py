"""Our people as a CRM knows them: an extension here is a user there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from crm_bridge.crm.policy.types import Contact
from crm_bridge.schemas import CallShape
from telephony.model import Direction

_LONG = 9
"""Digits of a number without its country and trunk prefix, at least: shorter ones are extensions."""


@dataclass(frozen=True, slots=True)
class Users:
    """Who is who."""

    users: Mapping[str, str] = field(default_factory=dict)
    """Extension to the CRM's user id; several extensions may be one user's."""

    def user(self, extension: str) -> str:
        """Return the user with this extension, or empty; a mobile is known in whatever form the PBX dialled it."""
        known = self.users.get(extension, "")
        if known or len(extension) < _LONG:
            return known
        end = _digits(extension)[-_LONG:]
        ours = (user for number, user in self.users.items() if _digits(number)[-_LONG:] == end)
        return next(ours, "") if len(end) == _LONG else ""

    def extension(self, user: str) -> str:
        """Return a user's extension, the first one told, or empty."""
        return next((extension for extension, known in self.users.items() if known == user), "") if user else ""

    def reached(self, contact: Contact | None) -> Contact | None:
        """Add the owner's extension to somebody who was found."""
        return contact and replace(contact, owner_extension=self.extension(contact.owner))

    def who_answered(self, call: CallShape) -> str:
        """Return the user who answered; empty if nobody did, or nobody whom the CRM knows."""
        return self.user(call.answered_by.number) if call.answered_by else ""

    def whose(self, call: CallShape) -> str:
        """Return our side's user: who talked with the customer last, else who made an outbound call; or empty.

        After a hand-over to somebody whom the CRM does not know, the call stays with who was there before.
        """
        last = self.user(call.talked_last.number) if call.talked_last else ""
        return last or (
            self.user(call.caller.number) if call.direction is Direction.OUTBOUND else self.who_answered(call)
        )


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))
