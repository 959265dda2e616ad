"""People by the API: who asks, who there is, who is signed in, what each is told."""

from typing import Any

import aiohttp
import pytest

from crm_bridge.api.values.keys import Scope
from crm_bridge.notifications.assembly import Notifications
from crm_bridge.outbox.store import OutboxStore
from crm_bridge.people.access import UserRole
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api

SECRET = "tgram://123456789:abcdefg_hijklmnop/12315544/"


async def ask(http: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> tuple[int, Any]:  # noqa: ANN401
    async with http.request(method, f"/api/v1{path}", json=body) as answer:
        return answer.status, await answer.json() if answer.content_length else None


async def test_whoever_asks_learns_who_they_are(api: Api) -> None:
    async with api.signed_in(UserRole.MANAGER, "ivan") as browser:
        code, me = await ask(browser, "GET", "/me")
        assert (code, me["kind"], me["role"], me["manager_id"]) == (200, "user", "manager", "ivan")
        assert (me["sees_everything"], me["may_listen"]) == (False, True)
        assert "users" not in me["scopes"]
    async with api.signed_in(UserRole.ADMIN, may_listen=False) as browser:
        assert (await ask(browser, "GET", "/me"))[1]["may_listen"] is False
    code, me = await ask(api.http, "GET", "/me")
    assert (code, me["kind"], me["name"], me["user_id"], me["sees_everything"]) == (200, "key", "all", None, True)
    code, refusal = await ask(api.http, "GET", "/me/sessions")
    assert (code, refusal["error_id"]) == (403, "wants-a-person")


async def test_a_user_is_invited_changed_shut_out_and_let_in_again(api: Api, pool: Pool) -> None:
    new = {"user_id": "petro", "name": "Петро", "role": "manager", "manager_id": "petro", "language": "uk"}
    code, invited = await ask(api.http, "POST", "/users", new)
    assert (code, invited["link"].startswith("/console/invitation/")) == (201, True)
    token = invited["link"].rpartition("/")[2]
    assert await api.people.users.invited(token)
    assert not await pool.fetch("SELECT 1 FROM invitations WHERE encode(token_sha256, 'escape') = $1", token)
    assert (await ask(api.http, "POST", "/users", new))[0] == 409
    code, refusal = await ask(api.http, "POST", "/users", {"user_id": "anna", "role": "manager"})
    assert (code, refusal["error_id"]) == (409, "user-refused")
    for strange in (
        {"user_id": "Anna", "role": "head"},
        {"user_id": "anna", "role": "god"},
        {"user_id": "a\0", "role": "head"},
    ):
        assert (await ask(api.http, "POST", "/users", strange))[0] == 422
    await api.people.sessions.begin("petro", "10.0.0.7", "browser")
    code, user = await ask(api.http, "PUT", "/users/petro/role", {"role": "admin", "may_listen": False})
    assert (code, user["role"], user["manager_id"], user["may_listen"]) == (200, "admin", None, False)
    assert not await api.people.sessions.of("petro"), "a change of the role ends sessions"
    assert (await ask(api.http, "POST", "/users/petro/disable"))[1]["disabled_at"]
    assert await api.people.users.invited(token) is None
    assert (await ask(api.http, "POST", "/users/petro/invitations", {}))[0] == 404
    assert (await ask(api.http, "POST", "/users/petro/enable"))[1]["disabled_at"] is None
    assert (await ask(api.http, "POST", "/users/petro/invitations", {"purpose": "sign_in"}))[0] == 201
    assert [one["user_id"] for one in (await ask(api.http, "GET", "/users"))[1]["users"]] == ["petro"]
    for path in ("/users/nobody", "/users/nobody/disable"):
        assert (await ask(api.http, "GET" if path.endswith("nobody") else "POST", path))[0] == 404


async def test_an_invitation_is_kept_nowhere_though_the_request_has_a_name(api: Api, pool: Pool) -> None:
    headers = {"Idempotency-Key": "once"}
    for code in (201, 409):
        async with api.http.post("/api/v1/users", json={"user_id": "olha", "role": "head"}, headers=headers) as answer:
            assert answer.status == code, await answer.text()
    assert [bytes(row["answer"]) for row in await pool.fetch("SELECT answer FROM api_answers")] == [b""]


async def test_sessions_are_seen_and_ended_by_their_person_and_by_an_administrator(api: Api) -> None:
    async with api.signed_in(UserRole.MANAGER, "ivan") as his, api.signed_in(UserRole.ADMIN) as hers:
        (own,) = (await ask(his, "GET", "/me/sessions"))[1]["sessions"]
        assert own["this"] is True
        me = (await ask(his, "GET", "/me"))[1]["user_id"]
        other = await api.people.sessions.begin(me, "10.0.0.7", "phone")
        (admins,) = (await ask(hers, "GET", "/me/sessions"))[1]["sessions"]
        assert (await ask(his, "DELETE", f"/me/sessions/{admins['session_id']}"))[0] == 404, "another's"
        assert (await ask(his, "GET", "/sessions"))[0] == 403
        assert (await ask(his, "DELETE", "/me/sessions"))[0] == 204
        assert await api.people.sessions.find(other) is None
        everybody = (await ask(hers, "GET", "/sessions"))[1]["sessions"]
        assert {one["user_id"]: one["this"] for one in everybody} == {me: False, admins["user_id"]: True}
        assert len((await ask(hers, "GET", f"/sessions?user={me}"))[1]["sessions"]) == 1
        assert (await ask(hers, "DELETE", f"/sessions/{own['session_id']}"))[0] == 204
        assert (await ask(his, "GET", "/me"))[0] == 401
        for order in ("disable", "role"):
            body = {"role": "head"} if order == "role" else None
            method = "PUT" if order == "role" else "POST"
            assert (await ask(hers, method, f"/users/{admins['user_id']}/{order}", body))[0] == 409


async def test_what_one_is_told_is_set_by_the_api_too(api: Api, pool: Pool) -> None:
    await OutboxStore(pool).declare([Notifications.row])
    async with api.signed_in(UserRole.MANAGER, "ivan") as his, api.signed_in(UserRole.HEAD) as hers:
        wished = {"kinds": ["late"], "quiet_from": "22:00", "quiet_until": "08:00", "digest_at": "18:30"}
        code, kept = await ask(his, "PUT", "/me/notifications", wished)
        assert (code, kept) == (200, wished | {"addresses": []})
        for strange in (
            {"kinds": ["test"]}, {"kinds": [], "quiet_from": "22:00"}, {"kinds": [], "digest_at": "25:00"},
            {"kinds": [], "digest_at": "noon"}, {"kinds": ["evil"]}, {},
        ):  # fmt: skip
            assert (await ask(his, "PUT", "/me/notifications", strange))[0] == 422, strange
        assert (await ask(his, "POST", "/me/notifications/test"))[1] == {"addresses": 0}
        for bad in ("file:///etc/passwd", "@/etc/passwd", "<script>"):
            assert (await ask(his, "POST", "/me/notifications/addresses", {"address": bad}))[0] == 409
        code, kept = await ask(his, "POST", "/me/notifications/addresses", {"address": SECRET})
        assert (code, "abcdefg_hijklmnop" in str(kept)) == (201, False)
        number = kept["addresses"][0]["address_id"]
        assert (await ask(his, "POST", "/me/notifications/test"))[1] == {"addresses": 1}
        assert [row["kind"] for row in await pool.fetch("SELECT kind FROM outbox_messages")] == ["notice.test"]
        assert (await ask(hers, "DELETE", f"/me/notifications/addresses/{number}"))[0] == 404
        assert (await ask(his, "DELETE", f"/me/notifications/addresses/{number}"))[0] == 204
        assert (await ask(his, "GET", "/me/notifications"))[1] == wished | {"addresses": []}


@pytest.mark.parametrize("role", [UserRole.MANAGER, UserRole.HEAD])
async def test_nobody_but_administrators_makes_users(api: Api, role: UserRole) -> None:
    async with api.signed_in(role, "ivan") as browser:
        for each in api.described:
            if each.scope is Scope.USERS:
                path = each.path.format(user_id="x", session_id="1", wall_id="1")
                assert (await ask(browser, each.method, path, {} if each.body else None))[0] == 403
