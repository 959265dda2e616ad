"""Asks for the living channels: the trackers first, which know nearly all of them; then the PBXs themselves.

AMI may be a moment behind, and a dialplan may have rewritten a caller's number: so what a tracker does not confirm is
asked of the PBX, whose answer comes after all events before it. Only a PBX that says "no such channel" makes a request
a forged one; a PBX that is away or slow makes it unsure.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter

from telephony.callback.phones import PbxLine
from telephony.calls.tracking.tracker import Tracker
from telephony.errors import HostileText, NoSuchChannel, NotReady, Refused
from telephony.pbx.asking import value_of
from telephony.pbx.requests import GetVariable
from telephony.voice.agi.protocol import Environment
from telephony.voice.living import OF_ATTEMPTS, ChannelTold, Liveness, agrees, contradicts_itself

_log = structlog.get_logger(__name__)

_SECONDS: Final = 0.7
"""So long the PBX is asked. The caller hears nothing meanwhile; it counts towards the first word's time."""


class Ear:
    """One PBX: its link and its tracker."""

    def __init__(self, line: PbxLine, tracker: Tracker) -> None:
        self.line = line
        self.tracker = tracker


class LivingChannels:
    """A `telephony.voice.living.Living` over all PBXs."""

    def __init__(self, ears: Callable[[], Sequence[Ear]], region: str, registry: CollectorRegistry) -> None:
        self._ears = ears
        self._region = region
        self._requests = Counter(
            "ringback_agi_requests",
            "FastAGI requests by what AMI says of their channels: living, unsure, forged.",
            ("witness",),
            registry=registry,
        )

    async def __call__(self, environment: Environment, /) -> Liveness:
        """Compare a request with what lives."""
        witness = await self._witness(environment)
        self._requests.labels(witness.name.lower()).inc()
        if witness is Liveness.FORGED:
            _log.warning(
                "agi.forged",
                script=environment.script,
                channel=environment.channel,
                uniqueid=environment.uniqueid,
                caller=environment.caller_number,
            )
        elif witness is Liveness.UNSURE:
            _log.info(
                "agi.unsure", script=environment.script, channel=environment.channel, uniqueid=environment.uniqueid
            )
        return witness

    async def _witness(self, environment: Environment) -> Liveness:
        if contradicts_itself(environment):
            return Liveness.FORGED
        ears = self._ears()
        for ear in ears:
            known = ear.tracker.living(environment.uniqueid)
            if known is not None and agrees(environment, ChannelTold(*known), self._region):
                return Liveness.LIVING
        answers = await asyncio.gather(*(self._asked(ear, environment) for ear in ears))
        if Liveness.LIVING in answers:
            return Liveness.LIVING
        return Liveness.UNSURE if Liveness.UNSURE in answers else Liveness.FORGED

    async def _asked(self, ear: Ear, environment: Environment) -> Liveness:
        """Ask one PBX for the channel of that name, its id, and whose call it is."""
        if not ear.line.synced.is_set():
            return Liveness.UNSURE
        try:
            async with asyncio.timeout(_SECONDS):
                if await _get(ear, environment.channel, "UNIQUEID") != environment.uniqueid:
                    return Liveness.FORGED
                if environment.script in OF_ATTEMPTS:
                    return Liveness.LIVING
                number = await _get(ear, environment.channel, "CALLERID(num)")
                did = await _get(ear, environment.channel, "CALLERID(dnid)") if environment.did else ""
        except (NotReady, TimeoutError):
            return Liveness.UNSURE
        except (HostileText, NoSuchChannel):
            return Liveness.FORGED
        except Refused:
            return Liveness.UNSURE
        known = ChannelTold(environment.channel, number, did)
        return Liveness.LIVING if agrees(environment, known, self._region) else Liveness.FORGED


async def _get(ear: Ear, channel: str, variable: str) -> str:
    return await value_of(ear.line, GetVariable(variable, channel), timeout_seconds=_SECONDS)
