"""Trying one account at amoCRM, and what it has of a day."""

from datetime import datetime

import aiohttp

from crm_bridge.crm.amocrm import mapping
from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.errors import CrmError
from crm_bridge.crm.policy.types import CrmFinding, KeptCall
from crm_bridge.crm.transport.http import pages

_PAGE = 250
_CARDS = ("contacts", "leads", "companies", "customers")


async def examine(client: AmoClient) -> list[CrmFinding]:
    """Try the address, the token and the rights."""
    findings: list[CrmFinding] = []
    for what, path, cure in _STEPS:
        try:
            answer = await client.get(path)
        except (CrmError, aiohttp.ClientError, TimeoutError, OSError) as error:
            return [*findings, CrmFinding(what, f"{type(error).__name__}: {error}", cure)]
        findings.append(CrmFinding(what, str(answer.get("name") or "well")))
    return findings


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
