"""Parts of pages that several people ask for at the same moment are made once.

When a customer is missed, each open board asks for its rows, and all who may see the same rows in the same language get
the same text: it is made for the first of them, the others wait for it or find it. What was made is good for a second
and until something of its kinds changes, whichever comes first; whoever ordered something finds it done. What is one's
own (the nonce, the names of forms) is put in for each.
"""

import asyncio
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Final, NamedTuple

from aiohttp import web
from aiohttp.typedefs import Handler

from crm_bridge.people.access import ACCESS, PERSON
from crm_bridge.web.surface import PART, Surface, html, mark, new_nonce

_SECONDS: Final = 1.0
_MOST: Final = 500
_MARK: Final = secrets.token_hex(16)
"""Stands in a shared text for the nonce; nobody outside can write it."""
_FORM: Final = re.compile(f"{_MARK}-form")


class _Made(NamedTuple):
    """A text, or its maker at work."""

    text: asyncio.Future[str | None]
    """None: it could not be made, or is not for others."""
    versions: tuple[int, ...]
    at: float


class SharedParts:
    """Makes them once; ``versions`` counts how often things of each kind have changed."""

    def __init__(self, surface: Surface, versions: Mapping[str, int]) -> None:
        self._surface = surface
        self._versions = versions
        self._made: OrderedDict[Hashable, _Made] = OrderedDict()

    def of(self, *kinds: str) -> Callable[[Handler], Handler]:
        """Return what makes a page's handler share its parts, which show things of these kinds."""
        return lambda handler: partial(self._answer, kinds, handler)

    async def _answer(self, kinds: tuple[str, ...], handler: Handler, request: web.Request) -> web.StreamResponse:
        if not request.query.get(PART) or ACCESS not in request:
            return await handler(request)
        person, versions = request.get(PERSON), tuple(self._versions[kind] for kind in kinds)
        whose = (person.manager_id, person.role) if person else None
        key = (request.path_qs, request[ACCESS], whose, self._surface.viewer(request).tongue)
        loop = asyncio.get_running_loop()
        found = self._made.get(key)
        if found is not None and found.versions == versions and loop.time() < found.at + _SECONDS:
            text = await asyncio.shield(found.text)
            return await handler(request) if text is None else _own(text)
        made = _Made(loop.create_future(), versions, loop.time())
        self._keep(key, made)
        return await self._make(made, handler, request)

    async def _make(self, made: _Made, handler: Handler, request: web.Request) -> web.StreamResponse:
        mark(request, _MARK)
        text = None
        try:
            answer = await handler(request)
            if isinstance(answer, web.Response) and answer.status == web.HTTPOk.status_code:
                text = answer.text
        finally:
            made.text.set_result(text)
        return answer if text is None else _own(text)

    def _keep(self, key: Hashable, made: _Made) -> None:
        self._made[key] = made
        self._made.move_to_end(key)
        while len(self._made) > _MOST:
            self._made.popitem(last=False)


def _own(text: str) -> web.Response:
    """Make an answer of a shared text: with a nonce and names of forms of its own."""
    nonce = new_nonce()
    return html(_FORM.sub(lambda _: secrets.token_urlsafe(12), text).replace(_MARK, nonce), 200, nonce)
