"""One operation of the API, told once: the server and the OpenAPI document are both made from it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, get_origin
from unicodedata import category

from aiohttp import web
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from crm_bridge.api.values.keys import ApiKey, Scope
from crm_bridge.people.access import Access, Person

T = TypeVar("T")

NO_CONTENT = 204
PREFIX = "/api/v1"
"""Under which the application is mounted; endpoints' paths begin behind it."""


def _no_epoch(given: object) -> object:
    """Refuse "0" and 1763761234: pydantic would read them as seconds since 1970, and nobody means that."""
    if isinstance(given, datetime) or (isinstance(given, str) and not given.replace(".", "").lstrip("+-").isdigit()):
        return given
    raise ValueError("write the time as ISO 8601 with a zone: 2026-11-21T14:05:00+02:00")


Instant = Annotated[AwareDatetime, Strict(strict=False), BeforeValidator(_no_epoch)]
"""A moment, as a client writes it."""


def _without_controls(text: str, allowed: str = "") -> str:
    """Refuse NUL, CR, LF and their like, and halves of letters: no database, header or phone takes them."""
    if any(category(letter) in {"Cc", "Cs"} and letter not in allowed for letter in text):
        raise ValueError("control characters are not allowed")
    return text


def _prose(text: str) -> str:
    return _without_controls(text, "\n\t\r")


Line = Annotated[str, AfterValidator(_without_controls)]
"""Text of one line."""
Prose = Annotated[str, AfterValidator(_prose)]
"""Text of any lines."""
Number = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_without_controls)]
"""A phone number in any spelling."""
CallIdText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_without_controls)]
"""A call's id: ``<pbx>:<linkedid>``."""
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""A number that names a row."""


Several = Annotated[tuple[T, ...], Field(max_length=20)]
"""A filter of any of several values: the parameter is given once for each (``state=waiting&state=held``)."""


class Params(BaseModel):
    """Path and query parameters: unknown ones are refused, so that a typo is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def several(cls) -> frozenset[str]:
        """Return the names of the parameters that may be given more than once."""
        return frozenset(
            field.alias or name for name, field in cls.model_fields.items() if get_origin(field.annotation) is tuple
        )


class Body(BaseModel):
    """A JSON body: unknown fields are refused, types are strict (no "1" for 1, no 0 for a time)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Nothing(Params):
    """No parameters."""


P = TypeVar("P", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Asked(Generic[P]):
    """A request that passed every check."""

    params: P
    body: Any
    """An instance of the endpoint's body type, or None."""
    key: ApiKey | None
    """Whose request it is (a person's is made of their session); None where no key is asked for."""
    access: Access
    """Which rows may be shown."""
    now: datetime
    person: Person | None
    """Who asks, if it is not a key."""
    raw: web.Request
    """For streams and Range only; everything else is in the typed fields."""

    @property
    def by(self) -> str:
        """The name of the key: who is written down for what is done."""
        return self.key.name if self.key else "nobody"


_NEVER_KEPT = frozenset({Scope.PRIVACY, Scope.USERS, Scope.ACCOUNT})

Handler = Callable[[Asked[Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What one operation is.

    ``result`` is any type pydantic can serialise, or `web.StreamResponse` for handlers that answer by themselves (then
    ``media`` says what they answer with).
    """

    method: str
    path: str
    operation: str
    summary: str
    handler: Handler
    result: Any
    scope: Scope | None
    params: type[Params] = Nothing
    body: type[BaseModel] | None = None
    success: int = 200
    media: tuple[str, ...] = ("application/json",)
    tag: str = ""
    others: Mapping[int, str] = field(default_factory=dict)
    """HTTP codes beside ``success`` that are no refusals, with what they mean: 206, 304."""
    refusals: tuple[int, ...] = field(default=())
    """HTTP codes beyond those that every operation may answer with."""
    makes: bool = True
    """False for a POST that only asks."""
    narrow: bool = False
    """Whether the handler heeds `Asked.access`, or shows nothing of anybody. Else somebody who may not see everything
    asks in vain, unless the path names a thing that the server looks after (`queries.visible.LOOKED_AFTER`)."""

    @property
    def path_names(self) -> frozenset[str]:
        """The parameters that stand in the path; the others are the query's."""
        return frozenset(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def streams(self) -> bool:
        """Whether the handler answers by itself."""
        return self.result is web.StreamResponse

    @property
    def is_done_once(self) -> bool:
        """Whether an `Idempotency-Key` is heeded."""
        return self.method == "POST" and self.makes and not self.streams and self.scope is not None

    @property
    def keeps_answer(self) -> bool:
        """Whether a repeat is answered as the first was; what is secret or of a number is kept nowhere for that."""
        return self.scope not in _NEVER_KEPT
