"""The demo's company in a real Odoo 19: its managers are users, its customers have a deal each, with a salesperson.

A caller whom Odoo does not know becomes an opportunity by the adapter's own rule, owned by whoever answered or by the
next manager in turn. The page that a user is sent to lists all of them, whoever owns them.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import aiohttp
from pydantic import SecretStr

from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.outbox.pace import Unpaced
from crm_bridge.settings import LeadRuleSettings, OdooSettings
from deploy.demo.company import company_customers, company_managers, zone_here
from deploy.lab.errors import LabError
from deploy.lab.programs.odoo import Odoo, running_odoo

_ADMINISTRATOR = 2
_LOGIN = "admin"
_PAGE = "ringback"
_SECONDS = 30
_PER_SECOND = 20.0
_CURE: Final = (
    "Cure: Debian or Ubuntu's apt and a Debian mirror that can be reached, Python 3.11 or 3.12, and some 500 MB in the "
    "cache folder; or leave out --odoo: the demo works without it"
)


class OdooCompany(NamedTuple):
    """A running Odoo with the company in it."""

    url: str
    key: str
    password: str
    users: Mapping[str, str]
    """Extension to user id."""

    @property
    def page(self) -> str:
        """Where a person sees every caller: each card has the calls in its log."""
        return f"{self.url}/odoo/{_PAGE}"

    def settings(self) -> OdooSettings:
        """Return the daemon of it, as an operator would in ``[crm.odoo]``."""
        return OdooSettings(
            url=self.url,
            key=SecretStr(self.key),
            users=self.users,
            rules=(LeadRuleSettings(name="everybody", owners=tuple(self.users.values())),),
            per_second=_PER_SECOND,
        )

    def where(self) -> str:
        """Return where it is and how to get in."""
        return f"{self.page}   login {_LOGIN}   password {self.password}"


@asynccontextmanager
async def odoo_with_company() -> AsyncIterator[OdooCompany]:
    """Start an Odoo and let the company move in; all gone afterwards.

    Raises:
        LabError: it cannot be had here; the text says what is missing, and the cure.
    """
    try:
        async with running_odoo() as odoo:
            yield await _moved_in(odoo)
    except LabError as error:
        raise LabError(f"{error}\n{_CURE}") from error


async def _moved_in(odoo: Odoo) -> OdooCompany:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as http:
        client = OdooClient(http, odoo.url, odoo.key, Unpaced())
        # Anybody on this machine can reach the port, and an administrator can run code: no usual password.
        password = secrets.token_urlsafe(9)
        await client.call("res.users", "write", ids=[_ADMINISTRATOR], vals={"password": password, "tz": zone_here()})
        users = await _users(client)
        await _deals(client, users)
        await _page(client)
        return OdooCompany(odoo.url, odoo.key, password, users)


async def _users(client: OdooClient) -> Mapping[str, str]:
    managers = company_managers()
    values = [{"name": one.name, "login": one.manager_id, "tz": zone_here()} for one in managers]
    made = await client.call("res.users", "create", vals_list=values)
    return {one.manager_id: str(user) for one, user in zip(managers, made, strict=True)}


async def _deals(client: OdooClient, users: Mapping[str, str]) -> None:
    values = [
        {"name": one.name, "contact_name": one.name, "phone": one.number, "user_id": int(users[one.manager_id])}
        for one in company_customers(strangers=False)
        if one.manager_id is not None
    ]
    await client.call("crm.lead", "create", vals_list=values, context={"mail_create_nolog": True, "mail_notrack": True})


async def _page(client: OdooClient) -> None:
    """Make a page of everybody's: Odoo's own pipeline begins with one's own deals."""
    action = {"name": "Ringback's demo", "res_model": "crm.lead", "view_mode": "list,kanban,form", "path": _PAGE}
    (made,) = await client.call("ir.actions.act_window", "create", vals_list=[action])
    await client.call("res.users", "write", ids=[_ADMINISTRATOR], vals={"action_id": made})
