"""Trying an account probe by probe, the same in every CRM: up to the first that does not work, with its cure."""

from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

import aiohttp

from crm_bridge.crm.errors import CrmError
from crm_bridge.crm.policy.types import CrmFinding


class Probe(NamedTuple):
    """One thing that must work."""

    what: str
    """Its name for people."""
    ask: Callable[[], Awaitable[object]]
    """Asks the CRM; a text that it gives is told."""
    cure: str
    """What to do if it fails."""


async def examined(probes: Iterable[Probe]) -> list[CrmFinding]:
    """Take the probes; the first that fails is the last, for the others would say the same."""
    findings: list[CrmFinding] = []
    for probe in probes:
        try:
            answer = await probe.ask()
        except (CrmError, aiohttp.ClientError, TimeoutError, OSError) as error:
            return [*findings, CrmFinding(probe.what, f"{type(error).__name__}: {error}", probe.cure)]
        findings.append(CrmFinding(probe.what, answer if isinstance(answer, str) and answer else "well"))
    return findings
