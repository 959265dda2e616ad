"""Who may come in: people with their links and sessions, and programs with their keys."""

import secrets
from datetime import timedelta
from typing import Final

from aiohttp import web

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.values.keys import Scope
from crm_bridge.people.access import PERSON, UserRole
from crm_bridge.people.deeds import ABOUT
from crm_bridge.people.store import INVITATION, Purpose, UserStore
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import FormRefused, fields
from crm_bridge.web.pages.admin.rights import for_admins
from crm_bridge.web.surface import HEADERS, Surface
from crm_bridge.web.words.text import UiLanguage
from telephony.errors import Refused

_PER_MINUTE: Final = 600
_LONGEST_NAME: Final = 64
_LIVES: Final = {"": None, "30": timedelta(days=30), "365": timedelta(days=365)}


class AccountPages:
    """The handlers."""

    def __init__(self, surface: Surface, users: UserStore, keys: KeyStore, console: ConsoleQueries) -> None:
        self._surface = surface
        self._users = users
        self._keys = keys
        self._console = console

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/users", for_admins(self.users)),
            web.post("/users", for_admins(self.add)),
            web.post("/users/{user}/invite", for_admins(self.invite)),
            web.post("/users/{user}/disable", for_admins(self.disable)),
            web.post("/users/{user}/enable", for_admins(self.enable)),
            web.get("/keys", for_admins(self.keys)),
            web.post("/keys", for_admins(self.make_key)),
            web.post("/keys/{key}/revoke", for_admins(self.revoke)),
        ]

    # --- people -------------------------------------------------------------------------------------------------------

    async def users(self, request: web.Request) -> web.Response:
        """List everybody, with a form for somebody new."""
        return await self._users_page(request)

    async def _users_page(
        self,
        request: web.Request,
        status: int = 200,
        *,
        link: str = "",
        error: str = "",
        form: dict[str, str] | None = None,
    ) -> web.Response:
        return self._surface.page(
            request,
            "admin/users.html",
            status=status,
            users=await self._users.all(),
            managers=await self._console.managers(),
            roles=list(UserRole),
            link=link,
            days=INVITATION.days,
            error=error,
            form=dict.fromkeys(("user_id", "name", "role", "manager"), "") | (form or {}),
        )

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Add somebody, and show the link by which they choose a password."""
        form = await fields(request)
        role = form.get("role", "")
        if role not in set(UserRole):
            raise FormRefused("role")
        name = form.get("name", "").strip()[:_LONGEST_NAME]
        user_id = form.get("user_id", "").strip().lower()
        try:
            await self._users.add(
                user_id,
                name or user_id,
                UserRole(role),
                manager_id=form.get("manager", "") or None,
                may_listen=role != UserRole.ADMIN or bool(form.get("listen")),
                language=form.get("language", "")
                if form.get("language", "") in set(UiLanguage)
                else UiLanguage.ENGLISH,
            )
        except Refused as error:
            return await self._users_page(request, 422, error=str(error), form=form)
        request[ABOUT] = user_id
        return await self._users_page(request, link=await self._link(request, user_id))

    async def invite(self, request: web.Request) -> web.StreamResponse:
        """Show a new link; older ones open nothing any more."""
        await fields(request)
        return await self._users_page(request, link=await self._link(request, request.match_info["user"]))

    async def disable(self, request: web.Request) -> web.StreamResponse:
        """Let somebody in no longer; their sessions end."""
        await fields(request)
        user = request.match_info["user"]
        if user == request[PERSON].user_id:
            raise Refused("nobody locks themselves out: ask another administrator, or `ringback users disable`")
        await self._users.disable(user)
        raise web.HTTPSeeOther(f"{PREFIX}/users", headers=HEADERS)

    async def enable(self, request: web.Request) -> web.StreamResponse:
        """Let somebody in again."""
        await fields(request)
        await self._users.enable(request.match_info["user"])
        raise web.HTTPSeeOther(f"{PREFIX}/users", headers=HEADERS)

    async def _link(self, request: web.Request, user_id: str) -> str:
        token = await self._users.invite(user_id, Purpose.PASSWORD)
        return str(request.url.origin().with_path(f"{PREFIX}/invitation/{token}"))

    # --- programs -----------------------------------------------------------------------------------------------------

    async def keys(self, request: web.Request) -> web.Response:
        """List the keys, with a form for a new one."""
        return await self._keys_page(request)

    async def _keys_page(
        self, request: web.Request, status: int = 200, *, made: str = "", error: str = ""
    ) -> web.Response:
        now = self._surface.clock()
        return self._surface.page(
            request,
            "admin/keys.html",
            status=status,
            now=now,
            keys=await self._keys.all(),
            scopes=list(Scope),
            lives=list(_LIVES),
            made=made,
            error=error,
        )

    async def make_key(self, request: web.Request) -> web.StreamResponse:
        """Make a key and show it, this once."""
        form = await fields(request)
        name, scopes = form.get("name", "").strip(), [scope for scope in Scope if form.get(f"scope.{scope}")]
        if not name or len(name) > _LONGEST_NAME or not scopes:
            return await self._keys_page(request, 422, error="apikeys.incomplete")
        life = _LIVES.get(form.get("life", ""))
        made = await self._keys.create(
            name,
            scopes,
            expires_at=self._surface.clock() + life if life else None,
            per_minute=_PER_MINUTE,
            random_text=secrets.token_urlsafe,
        )
        request[ABOUT] = name
        return await self._keys_page(request, made=made)

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        """End a key, and its streams."""
        await fields(request)
        await self._keys.revoke(request.match_info["key"])
        raise web.HTTPSeeOther(f"{PREFIX}/keys", headers=HEADERS)
