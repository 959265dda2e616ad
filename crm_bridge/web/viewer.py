"""Who looks at a page: their language, theme and place in time. A browser's own choice goes before the person's."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from aiohttp import web

from crm_bridge.web.words.text import UiLanguage

LOOK_COOKIE: Final = "ringback_look"
"""``<language>.<theme>``: what was chosen on this device."""
TONGUE: Final = web.RequestKey("ringback_tongue", str)
"""The request's key of the language that a page has whoever looks; empty: as usual."""
_LONGEST_HEADER: Final = 200


class Theme(StrEnum):
    """What the page is coloured like."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class SignedIn(Protocol):
    """Somebody who is signed in, as far as pages show it."""

    @property
    def name(self) -> str:
        """What they are called."""
        ...

    @property
    def role(self) -> str:
        """`manager`, `head` or `admin`."""
        ...

    @property
    def language(self) -> str:
        """What they read, where nothing else was chosen."""
        ...

    @property
    def theme(self) -> str:
        """As the language."""
        ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """One who looks."""

    person: SignedIn | None
    tongue: UiLanguage
    theme: Theme


def viewer_of(request: web.Request, person: SignedIn | None) -> Viewer:
    """Read off a request how somebody wants to see pages."""
    language, _, theme = request.cookies.get(LOOK_COOKIE, "").partition(".")
    language = request.get(TONGUE) or language
    if language not in set(UiLanguage):
        language = person.language if person else _wished(request.headers.get("Accept-Language", ""))
    if theme not in set(Theme):
        theme = person.theme if person else Theme.AUTO
    return Viewer(
        person,
        UiLanguage(language) if language in set(UiLanguage) else UiLanguage.ENGLISH,
        Theme(theme) if theme in set(Theme) else Theme.AUTO,
    )


def _wished(header: str) -> str:
    """Take the first language of ours that the browser names; English if it names none."""
    for wish in header[:_LONGEST_HEADER].split(","):
        language = wish.partition(";")[0].strip().partition("-")[0].lower()
        if language in set(UiLanguage):
            return language
    return UiLanguage.ENGLISH
