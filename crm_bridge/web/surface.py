"""How the console answers: a page, a part of one, a message, a redirect; and the headers that all of them have."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from crm_bridge.web import PREFIX
from crm_bridge.web.assets import Assets
from crm_bridge.web.formats import Formats
from crm_bridge.web.templating import Templates
from crm_bridge.web.viewer import SignedIn, Viewer, viewer_of
from crm_bridge.web.words.catalogue import PageWords
from crm_bridge.web.words.text import UI_LANGUAGES
from telephony.ports import Clock

_NONCE: Final = web.RequestKey("ringback_nonce", str)
_FORMS: Final = web.RequestKey("ringback_forms", str)
PART: Final = "part"
"""The query's name for a part of a page."""
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


def policy(nonce: str) -> str:
    """Write the content security policy of a page with this nonce."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; media-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types htmx"
    )


class Surface:
    """Makes answers.

    Args:
        who: tells who sent a request; None for strangers.
        zone: the company's.
        clock: the time.
        version: Ringback's.
    """

    def __init__(
        self, who: Callable[[web.Request], SignedIn | None], zone: ZoneInfo, clock: Clock, version: str
    ) -> None:
        self._who = who
        self.zone = zone
        self.clock = clock
        self.assets = Assets()
        self.templates = Templates(self.assets.url)
        self._version = version

    def page(
        self,
        request: web.Request,
        template: str,
        *,
        status: int = 200,
        now: datetime | None = None,
        part: str = "",
        **shown: object,
    ) -> web.Response:
        """Answer with a page, or with a part of it: ``part``, or the one that was asked for."""
        context = self.context(request, now or self.clock()) | shown
        wanted = part or request.query.get(PART, "")
        if wanted and wanted.isidentifier():
            text = self.templates.part(template, f"part_{wanted}", context)
            if text is not None:
                return html(text, status, context["nonce"])
        return html(self.templates.page(template, context), status, context["nonce"])

    def context(self, request: web.Request, now: datetime) -> dict[str, Any]:
        """Return what every template can use."""
        viewer = self.viewer(request)
        speaker, formats = PageWords(viewer.tongue), Formats(viewer.tongue, self.zone, now)
        return {
            "t": speaker.say,
            "n": lambda key, count, **places: speaker.count(key, count, formats.number(count), **places),
            "knows": speaker.knows,
            "f": formats,
            "now": now,
            "viewer": viewer,
            "person": viewer.person,
            "tongues": UI_LANGUAGES,
            "nonce": nonce_of(request),
            "here": request.rel_url.path,
            "asked": {name: value for name, value in request.query.items() if name != PART},
            "zone": self.zone.key,
            "version": self._version,
            "PREFIX": PREFIX,
        }

    def viewer(self, request: web.Request) -> Viewer:
        """Return who looks."""
        return viewer_of(request, self._who(request))

    def said(self, request: web.Request, key: str) -> str:
        """Return a text in the language of whoever looks."""
        return PageWords(self.viewer(request).tongue).say(key)

    def counted(self, request: web.Request, key: str, count: int, of: int) -> str:
        """Return a text beside a count, in the language of whoever looks."""
        tongue = self.viewer(request).tongue
        formats = Formats(tongue, self.zone, self.clock())
        return PageWords(tongue).count(key, count, formats.number(count), all=formats.number(of))

    def message(self, request: web.Request, text: str, *, kind: str = "ok", status: int = 200) -> web.Response:
        """Answer a form that htmx sent with a few words, which the page shows in its corner."""
        context = self.context(request, self.clock()) | {"said": text, "kind": kind}
        return html(self.templates.page("parts/toast.html", context), status, context["nonce"])

    def refusal(self, request: web.Request, status: int, key: str, detail: str = "") -> web.Response:
        """Answer that it cannot be: in the corner if htmx asked, else as a page. ``key`` names the text."""
        if by_htmx(request):
            speaker = PageWords(self.viewer(request).tongue)
            words = f"{speaker.say(f'{key}.title')}. {detail or speaker.say(f'{key}.text')}"
            return self.message(request, words, kind="bad", status=status)
        return self.page(request, "refusal.html", status=status, key=key, detail=detail)


def nonce_of(request: web.Request) -> str:
    """Return this answer's nonce."""
    found = request.get(_NONCE)
    if found is None:
        found = new_nonce()
        request[_NONCE] = found
    return found


def new_nonce() -> str:
    """Return one that nobody guesses."""
    return secrets.token_urlsafe(16)


def mark(request: web.Request, text: str) -> None:
    """Have a text stand for the nonce, and with ``-form`` for the names of forms, in what is made for several."""
    request[_NONCE] = text
    request[_FORMS] = f"{text}-form"


def form_name(request: web.Request) -> str:
    """Return the name of a form that is done once."""
    return request.get(_FORMS) or secrets.token_urlsafe(12)


def by_htmx(request: web.Request) -> bool:
    """Return whether htmx asks, which puts the answer into the page that is there."""
    return request.headers.get("HX-Request") == "true"


def html(text: str, status: int, nonce: str) -> web.Response:
    """Make a response of a page's text."""
    headers = {**HEADERS, "Content-Security-Policy": policy(nonce)}
    response = web.Response(text=text, status=status, content_type="text/html", headers=headers)
    response.enable_compression()
    return response
