"""Every error this package raises on purpose; the class says what to do next."""

from typing import ClassVar

from telephony.errors import Refused, RingbackError


class TargetRefused(Refused):
    """A webhook target's address is not allowed: private, malformed or not http(s)."""

    error_id: ClassVar[str] = "target-refused"


class ClickUnderWay(Refused):
    """The same click came a moment ago, and its end is not known yet."""

    error_id: ClassVar[str] = "click-under-way"


class NoSuchThing(RingbackError):
    """Nothing with that id."""

    error_id: ClassVar[str] = "not-found"
