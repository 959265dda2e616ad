"""Every error this package raises on purpose. The class says what to do next; the docstring is the message.

``error_id`` is stable: scripts and dashboards may rely on it, the text may change.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

_LONGEST_REASON: Final = 2_000


class RingbackError(Exception):
    """Something that Ringback could not do; the text says what, where and the cure."""

    error_id: ClassVar[str] = "ringback"


class SettingsError(RingbackError):
    """A setting is wrong or missing: correct the file or the variable it names, then start again."""

    error_id = "settings"


class NotReady(RingbackError):
    """Not possible now, possible later: wait and try again."""

    error_id = "not-ready"


class PbxUnavailable(NotReady):
    """The PBX's AMI is not connected: the action was not sent, or its answer will never come."""

    error_id = "pbx-unavailable"


class AnswerLost(PbxUnavailable):
    """The action was sent, and its answer will never come: it may have been carried out. Look before sending again."""


class LoginRefused(PbxUnavailable):
    """The PBX does not take our user or secret: correct one of them; the link tries again by itself."""

    error_id = "login-refused"


class ActionTimedOut(NotReady):
    """The PBX did not answer in time. The action may have been carried out: look before sending it again."""

    error_id = "action-timed-out"


class DatabaseUnavailable(NotReady):
    """PostgreSQL cannot be reached or was shut down: nothing was written."""

    error_id = "database-unavailable"


class Refused(RingbackError):
    """It was understood and will not be done: asking again does not help."""

    error_id = "refused"


class ActionRefused(Refused):
    """The PBX answered an action with an error."""

    error_id = "action-refused"


class NoSuchChannel(ActionRefused):
    """The PBX has no such channel (any more)."""

    error_id = "no-such-channel"


class HostileText(Refused):
    """A value holds CR, LF or NUL, which would be a header of its own in AMI: it is never sent."""

    error_id = "hostile-text"


class UnexpectedTransition(RingbackError):
    """A state machine met an event that its table does not have; the state is unchanged."""

    error_id = "unexpected-transition"


class PacketError(RingbackError):
    """What the PBX sent cannot be read: too long, cut off or malformed."""

    error_id = "packet"


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors of a group, of the groups in it, and so on; an error alone is its own leaf."""
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    for inner in error.exceptions:
        yield from leaves(inner)


def reason(error: BaseException) -> str:
    """Say class and text of an error, of a group those of its leaves, each once; 2,000 characters at most."""
    reasons = dict.fromkeys(f"{type(leaf).__name__}: {leaf}".removesuffix(": ") for leaf in leaves(error))
    return "; ".join(reasons)[:_LONGEST_REASON]
