"""Trying one account at amoCRM, and what it has of a day."""

from datetime import datetime
from functools import partial

from crm_bridge.crm.amocrm import mapping
from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.plugin.examining import Probe, examined
from crm_bridge.crm.policy.types import CrmFinding, KeptCall
from crm_bridge.crm.transport.http import pages

_PAGE = 250
_CARDS = ("contacts", "leads", "companies", "customers")


async def examine(client: AmoClient) -> list[CrmFinding]:
    """Try the address, the token and the rights."""

    async def name(path: str) -> str:
        return str((await client.get(path)).get("name") or "")

    return await examined(Probe(what, partial(name, path), cure) for what, path, cure in _STEPS)


async def kept_calls(client: AmoClient, since: datetime, until: datetime) -> list[KeptCall]:
    """List our calls in all feeds that were changed in a span."""
    span = {
        "filter[updated_at][from]": int(since.timestamp()),
        "filter[updated_at][to]": int(until.timestamp()),
        "limit": _PAGE,
    }
    kept: list[KeptCall] = []
    for card in _CARDS:
        for page in pages():
            answer = await client.get(f"{card}/notes", {**mapping.CALL_NOTES, **span, "page": page})
            notes = mapping.every(answer, "notes")
            kept += mapping.kept(notes)
            if len(notes) < _PAGE:
                break
    return kept


_STEPS = (
    ("address and token", "account", "check `url` (https://NAME.amocrm.ru or https://NAME.kommo.com) and the token"),
    ("contacts", "contacts?limit=1", "give the integration's user the right to see contacts"),
    ("leads", "leads?limit=1", "give the integration's user the right to see leads"),
    ("tasks", "tasks?limit=1", "give the integration's user the right to see tasks"),
)
