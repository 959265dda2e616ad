"""Which user of ours somebody is whom the provider has named, and what role its claims give. Decided without I/O."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from crm_bridge.console_settings import OidcSettings
from crm_bridge.people.access import UserRole
from crm_bridge.people.oidc.errors import OidcUnknown
from crm_bridge.people.store import USER_ID

_STRONGEST_FIRST: Final = (UserRole.ADMIN, UserRole.HEAD, UserRole.MANAGER)
_LONGEST: Final = 255
_LONGEST_NAME: Final = 100


class OidcPerson(NamedTuple):
    """What the claims say."""

    subject: str
    """The provider's address and its name for them: for ever."""
    user_id: str
    name: str
    role: UserRole | None
    """None: the claims give none (or are not asked for one)."""
    manager_id: str
    language: str


def person_of(claims: Mapping[str, Any], settings: OidcSettings) -> OidcPerson:
    """Read the claims of a good token.

    Raises:
        OidcUnknown: they name nobody who could be a user, or give no role where one is asked for.
    """
    subject, user = _text(claims.get("sub")), _text(claims.get(settings.user_claim)).strip().casefold()
    if not subject or not USER_ID.fullmatch(user):
        raise OidcUnknown(f"the claim {settings.user_claim!r} is no user name")
    if settings.user_claim == "email" and claims.get("email_verified") is not True:
        raise OidcUnknown("the provider has not verified the address")
    role = _role(claims, settings)
    if settings.role_claim and role is None:
        raise OidcUnknown(f"the claim {settings.role_claim!r} gives no role")
    language = _text(claims.get("locale")).partition("-")[0].partition("_")[0].lower()
    return OidcPerson(
        f"{settings.issuer} {subject}",
        user,
        "".join(letter for letter in _text(claims.get("name")) if letter.isprintable())[:_LONGEST_NAME].strip() or user,
        role,
        _text(claims.get(settings.manager_claim))[:64] if settings.manager_claim else "",
        language if language in {"ru", "uk", "en"} else "en",
    )


def _role(claims: Mapping[str, Any], settings: OidcSettings) -> UserRole | None:
    """Return the strongest role that one of the claim's values gives."""
    given = claims.get(settings.role_claim) if settings.role_claim else None
    values = given if isinstance(given, list) else [given]
    found = {UserRole(settings.roles[value]) for value in values if isinstance(value, str) and value in settings.roles}
    return next((role for role in _STRONGEST_FIRST if role in found), None)


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST and "\0" not in value else ""
