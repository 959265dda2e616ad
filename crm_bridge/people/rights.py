"""What people may do, by what they are: the API's scopes of a role. Which rows they see is `access`'s."""

from collections.abc import Mapping
from typing import Final

from crm_bridge.api.values.keys import ApiKey, Scope
from crm_bridge.people.access import Person, UserRole

_MANAGER: Final = frozenset(
    {
        Scope.CALLS_READ,
        Scope.CALLS_WRITE,
        Scope.RECORDINGS_READ,
        Scope.CALLBACKS_READ,
        Scope.CALLBACKS_WRITE,
        Scope.DIRECTORY_READ,
        Scope.CALENDAR_READ,
        Scope.DIAL,
        Scope.REVIEWS,
        Scope.ACCOUNT,
    }
)
_SCOPES: Final[Mapping[UserRole, frozenset[Scope]]] = {
    UserRole.MANAGER: _MANAGER,
    UserRole.HEAD: _MANAGER | {Scope.DIRECTORY_WRITE, Scope.CALENDAR_WRITE, Scope.REVIEWS_SCORE, Scope.SURVEYS},
    UserRole.ADMIN: frozenset(Scope),
}
_PERSON: Final = "user:"
_PER_MINUTE: Final = 1200


def scopes_of(person: Person) -> frozenset[Scope]:
    """Return what somebody may do; an admin hears recordings only by a right of their own."""
    scopes = _SCOPES[person.role]
    deaf = person.role is UserRole.ADMIN and not person.may_listen
    return scopes - {Scope.RECORDINGS_READ} if deaf else scopes


def as_key(person: Person) -> ApiKey:
    """Return a person as the API knows who asks; nothing opens with it."""
    return ApiKey(f"{_PERSON}{person.user_id}", person.name, b"", scopes_of(person), None, None, _PER_MINUTE)


def is_person(key: ApiKey) -> bool:
    """Return whether it was made by `as_key`."""
    return key.key_id.startswith(_PERSON)
