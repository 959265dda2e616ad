"""Pages by which people come in, go out, choose a password and see where they are signed in: plain forms."""

from typing import ClassVar, Final

from aiohttp import web

from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import PERSON, Person
from crm_bridge.people.door import SIGN_IN, Door
from crm_bridge.people.passwords import SHORTEST, Passwords, WeakPassword, check
from crm_bridge.people.sessions import Sessions
from crm_bridge.people.signing_in import SigningIn, TooManyTries, WrongPassword
from crm_bridge.people.store import Purpose, UserStore
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import fields, way_back
from crm_bridge.web.surface import Surface
from telephony.errors import RingbackError

_ROW_DIGITS: Final = 18


class NotTheSame(RingbackError):
    """The password and its repetition differ."""

    error_id: ClassVar[str] = "not-the-same"


class PeoplePages:
    """The pages, under `/console`."""

    def __init__(
        self,
        people: UserStore,
        sessions: Sessions,
        signing_in: SigningIn,
        passwords: Passwords,
        door: Door,
        surface: Surface,
        oidc: str = "",
    ) -> None:
        """Begin; ``oidc`` names the provider on its button, if people come in by one."""
        self._oidc = oidc
        self._people = people
        self._sessions = sessions
        self._signing_in = signing_in
        self._passwords = passwords
        self._door = door
        self._surface = surface

    def routes(self) -> list[web.RouteDef]:
        """Return them, by their paths behind `PREFIX`."""
        return [
            web.get("/sign-in", self.sign_in_form),
            web.post("/sign-in", self.sign_in),
            web.post("/sign-out", self.sign_out),
            web.get("/invitation/{token}", self.invitation),
            web.post("/invitation/{token}", self.accept),
            web.get("/me/password", self.password_form),
            web.post("/me/password", self.change_password),
            web.get("/me", self.me),
            web.post("/me/sessions/{session_id}/end", self.end_session),
            web.post("/me/sessions/end", self.end_others),
        ]

    async def sign_in_form(self, request: web.Request) -> web.Response:
        """Ask for name and password."""
        return self._sign_in_page(request, 200, "", request.query.get("next", ""))

    async def sign_in(self, request: web.Request) -> web.Response:
        """Let somebody in who knows the password."""
        form = await fields(request)
        name, wanted = form.get("name", ""), form.get("next", "")
        try:
            user_id = await self._signing_in.sign_in(name, form.get("password", ""), self._door.address(request))
            return await self._let_in(request, user_id, way_back(wanted))
        except WrongPassword as error:
            return self._sign_in_page(request, 403, _key(error), wanted, name)
        except TooManyTries as error:
            return self._sign_in_page(request, 429, _key(error), wanted, name)

    def _sign_in_page(self, request: web.Request, status: int, error: str, wanted: str, name: str = "") -> web.Response:
        where = way_back(wanted)
        return self._surface.page(
            request, "people/sign_in.html", status=status, error=error, next=where, name=name[:64], oidc=self._oidc
        )

    async def sign_out(self, request: web.Request) -> web.Response:
        """End this session."""
        await self._sessions.end(_person(request).session_id)
        answer = _to(SIGN_IN)
        self._door.let_out(request, answer)
        return answer

    async def invitation(self, request: web.Request) -> web.Response:
        """Show a link's page; to look at it does not use it up (mail programs and chats look at links)."""
        return await self._invitation_page(request, 200)

    async def accept(self, request: web.Request) -> web.Response:
        """Use a link up: keep the password, sign in."""
        token = request.match_info["token"]
        invited = await self._people.invited(token)
        if invited is None:
            return await self._invitation_page(request, 410)
        hashed = None
        if invited.purpose is Purpose.PASSWORD:
            try:
                hashed = await self._new_password(await fields(request), invited.user_id)
            except (WeakPassword, NotTheSame) as error:
                return await self._invitation_page(request, 422, _key(error))
        if not await self._people.accept(token, hashed):
            return await self._invitation_page(request, 410)
        return await self._let_in(request, invited.user_id, PREFIX)

    async def _invitation_page(self, request: web.Request, status: int, error: str = "") -> web.Response:
        invited = await self._people.invited(request.match_info["token"])
        code = status if invited else 410
        return self._surface.page(
            request, "people/invitation.html", status=code, invited=invited, error=error, shortest=SHORTEST
        )

    async def password_form(self, request: web.Request) -> web.Response:
        """Ask for the old and a new password."""
        return self._password_page(request, 200)

    async def change_password(self, request: web.Request) -> web.Response:
        """Keep a new password; all other sessions end, and this one gets a new token."""
        form, user_id = await fields(request), _person(request).user_id
        try:
            await self._signing_in.sign_in(user_id, form.get("old", ""), self._door.address(request))
            hashed = await self._new_password(form, user_id)
        except (WrongPassword, TooManyTries, WeakPassword, NotTheSame) as error:
            return self._password_page(request, 422, _key(error))
        await self._people.set_password(user_id, hashed)
        return await self._let_in(request, user_id, f"{PREFIX}/me")

    def _password_page(self, request: web.Request, status: int, error: str = "") -> web.Response:
        return self._surface.page(request, "people/password.html", status=status, error=error, shortest=SHORTEST)

    async def me(self, request: web.Request) -> web.Response:
        """Show where one is signed in."""
        person = _person(request)
        found = await self._sessions.of(person.user_id)
        return self._surface.page(request, "people/me.html", sessions=found, this=person.session_id)

    async def end_session(self, request: web.Request) -> web.Response:
        """End one of one's own."""
        person, answer = _person(request), request.match_info["session_id"]
        if not (answer.isascii() and answer.isdecimal() and len(answer) <= _ROW_DIGITS):
            raise web.HTTPNotFound
        try:
            await self._sessions.end(int(answer), person.user_id)
        except NoSuchThing:
            raise web.HTTPNotFound from None
        return _to(f"{PREFIX}/me")

    async def end_others(self, request: web.Request) -> web.Response:
        """End all of one's own but this one."""
        person = _person(request)
        await self._sessions.end_all(person.user_id, but=person.session_id)
        return _to(f"{PREFIX}/me")

    async def _new_password(self, form: dict[str, str], user_id: str) -> str:
        password = form.get("password", "")
        check(password, user_id)
        if form.get("again", "") != password:
            raise NotTheSame("the password and its repetition differ")
        return await self._passwords.hashed(password)

    async def _let_in(self, request: web.Request, user_id: str, page: str) -> web.Response:
        """Begin a session under a new token, whatever the browser held before."""
        agent, before = request.headers.get("User-Agent", ""), self._door.token(request)
        token = await self._sessions.begin(user_id, self._door.address(request), agent, before)
        answer = _to(page)
        self._door.let_in(request, answer, token)
        return answer


def _person(request: web.Request) -> Person:
    return request[PERSON]


def _key(error: RingbackError) -> str:
    """Return the last part of its text's key."""
    return error.error_id.replace("-", "_")


def _to(page: str) -> web.Response:
    return web.Response(status=303, headers={"Location": page})
