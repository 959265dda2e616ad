"""What goes wrong when somebody signs in by the provider; each has words of its own on the sign-in page."""

from typing import ClassVar

from telephony.errors import NotReady, Refused


class OidcRefused(Refused):
    """What came back is not what we asked for: begin again. The reason is in the log, not on the page."""

    error_id: ClassVar[str] = "oidc-refused"


class OidcUnknown(Refused):
    """The provider knows them, but they may not come in here: an administrator adds them."""

    error_id: ClassVar[str] = "oidc-unknown"


class OidcAway(NotReady):
    """The provider does not answer, or not as one: try again, or sign in with a password."""

    error_id: ClassVar[str] = "oidc-away"
