"""Signing in by the provider, from the first click to the user who is let in."""

from typing import Final

import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from crm_bridge.console_settings import OidcSettings
from crm_bridge.people.access import UserRole
from crm_bridge.people.oidc.errors import OidcRefused, OidcUnknown
from crm_bridge.people.oidc.provider import OidcProvider
from crm_bridge.people.oidc.starts import SQL, OidcStart, OidcStarts
from crm_bridge.people.oidc.tokens import KeyUnknown, OidcAnswer, claims_of
from crm_bridge.people.oidc.who import OidcPerson, person_of
from crm_bridge.people.store import UserRefused, UserStore
from telephony.ports import Clock, Row
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)
_LONGEST_CODE: Final = 4096


class OidcDoor:
    """Begins and ends sign-ins; ``redirect_uri`` is where browsers come back to."""

    def __init__(
        self, settings: OidcSettings, provider: OidcProvider, pool: Pool, clock: Clock, redirect_uri: str
    ) -> None:
        self.label = settings.label or settings.issuer.partition("://")[2].partition("/")[0]
        """What the button names."""
        self._settings = settings
        self._provider = provider
        self._pool = pool
        self._clock = clock
        self._redirect_uri = redirect_uri
        self._starts = OidcStarts(pool, clock)
        self._users = UserStore(pool, clock)

    async def begin(self, browser: str, back: str) -> str:
        """Return where the browser that holds this token is sent; it comes ``back`` to that page.

        Raises:
            OidcAway: the provider does not answer.
        """
        start = await self._starts.begin(browser, back)
        return await self._provider.authorization_url(
            response_type="code",
            client_id=self._settings.client_id,
            redirect_uri=self._redirect_uri,
            scope=" ".join(dict.fromkeys(("openid", *self._settings.scopes))),
            state=start.state,
            nonce=start.nonce,
            code_challenge=create_s256_code_challenge(start.verifier),
            code_challenge_method="S256",
        )

    async def end(self, state: str, code: str, issuer: str, error: str, browser: str) -> tuple[str, str]:
        """Return who came back, and to which page of ours they go.

        Raises:
            OidcRefused: what came back is not what we asked for.
            OidcUnknown: they may not come in.
            OidcAway: the provider does not answer.
        """
        start = await self._starts.take(state, browser)
        if issuer and issuer != self._settings.issuer:
            raise OidcRefused(f"the answer is another provider's: {issuer[:200]!r}")
        if error or not code or len(code) > _LONGEST_CODE:
            raise OidcRefused(f"the provider gave no code: {error[:200]!r}")
        answer = await self._provider.exchange(code, start.verifier, self._redirect_uri)
        person = await self._proven(answer.id_token, answer.access_token, start)
        return await self._user(person), start.back

    async def _proven(self, id_token: str, access_token: str, start: OidcStart) -> OidcPerson:
        asked = OidcAnswer(self._settings.issuer, self._settings.client_id, start.nonce, access_token)
        now, skew = self._clock(), self._settings.skew_seconds
        try:
            claims = claims_of(id_token, await self._provider.keys(), asked, now, skew)
        except KeyUnknown:  # it may have new keys
            claims = claims_of(id_token, await self._provider.keys(fresh=True), asked, now, skew)
        return person_of(claims, self._settings)

    async def _user(self, person: OidcPerson) -> str:
        """Return the user of ours that they are: bound before, bound now, or added if that is wished."""
        row = await self._pool.fetchrow(SQL.by_subject, person.subject)
        if row is None:
            row = await self._pool.fetchrow(SQL.by_name, person.user_id)
            if row is None:
                await self._add(person)
                row = await self._pool.fetchrow(SQL.by_name, person.user_id)
            if row is None or not await self._pool.fetchval(SQL.bind, person.user_id, person.subject):
                raise OidcUnknown("that user is somebody else's at the provider, or disabled")
        if row["disabled_at"] is not None:
            raise OidcUnknown("that user is disabled")
        await self._keep_role(row, person)
        return str(row["user_id"])

    async def _add(self, person: OidcPerson) -> None:
        if not self._settings.provision or person.role is None:
            raise OidcUnknown(f"there is no user {person.user_id!r}")
        manager = person.manager_id if person.role is UserRole.MANAGER else None
        try:
            await self._users.add(
                person.user_id, person.name, person.role, manager_id=manager, may_listen=True, language=person.language
            )
        except UserRefused as error:
            raise OidcUnknown(str(error)) from None
        _log.info("people.oidc_added", user=person.user_id, role=person.role.value)

    async def _keep_role(self, row: Row, person: OidcPerson) -> None:
        """Give the role that the claims give now; who had another is out of their other sessions."""
        if person.role is None or person.role == row["role"]:
            return
        manager = person.manager_id or row["manager_id"]
        try:
            await self._users.set_role(row["user_id"], person.role, manager_id=manager, may_listen=row["may_listen"])
        except UserRefused as error:
            raise OidcUnknown(str(error)) from None
        _log.info("people.oidc_role", user=row["user_id"], role=person.role.value)
