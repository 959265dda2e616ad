"""A stage for callbacks: real PostgreSQL, pump, hook, desk, engine; a PBX of few lines; a clock that the test turns."""

import asyncio
import itertools
import random
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from telephony.callback.assembly import Callbacks
from telephony.callback.engine import Engine
from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import Attempt, Request
from telephony.callback.rows import attempt_from, request_from
from telephony.calls.pump import Pump
from telephony.calls.store import LedgerWriter
from telephony.directory.csv_import import read_managers
from telephony.directory.model import CustomerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.events import CallAnswered, CallEnded, CallEvent, CallRinging, CallStarted
from telephony.model import Call, CallKind, ChannelName, MissedReason
from telephony.numbers import Canonical
from telephony.postgres.pool import Pool
from telephony.settings import CallbackSettings, HoursSettings, TelephonySettings, TollSettings, VoiceSettings
from telephony.voice.dialogs.manager_port import AnswerNoted, AttemptId, DialReport, ManagerAnswer, Withdrawn
from tests import builders
from tests.builders import CUSTOMER, PBX
from tests.integration.telephony.callback.fake_pbx import FakePbx

DID = "+380442000600"
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday
MANAGERS = """id,name,endpoint,mobile,language,group,deputy
ivan,Иван,101,+380501110101,ru,sales,olena
olena,Olena,102,,uk,sales,
maria,Марія,103,,uk,sales,
boss,Peter,104,,en,heads,
"""


USUAL: Mapping[str, object] = MappingProxyType({})


class Ticker:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self.now = START
        self.monotonic = 0.0
        """What no one can set."""

    def __call__(self) -> datetime:
        return self.now

    def passed(self) -> float:
        """Monotonic seconds."""
        return self.monotonic

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds

    def set_back(self, seconds: float) -> None:
        """Somebody sets the clock."""
        self.now -= timedelta(seconds=seconds)


@dataclass
class Stage:
    """Everything wired as in the service."""

    pool: Pool
    settings: TelephonySettings
    clock: Ticker
    pbx: FakePbx
    callbacks: Callbacks
    pump: Pump
    engine: Engine
    tasks: list[asyncio.Task[None]]
    pumping: asyncio.Task[None]
    numbers: "itertools.count[int]"

    # --- calls --------------------------------------------------------------------------------------------------------

    async def own(self, manager: str = "ivan") -> None:
        """Let the customer be a manager's own."""
        entry = CustomerEntry(Canonical(CUSTOMER), "ТОВ Ромашка", ManagerId(manager))
        await DirectoryStore(self.pool).put_customers([entry])

    async def tell(self, *events: CallEvent) -> None:
        """Let the ledger hear events, and wait until they are committed."""
        for event in events:
            self.pump.submit(event)
        await self.pump.drained()

    def inbound(self, number: str = CUSTOMER, name: str = "Анна", did: str = DID) -> Call:
        """A call that has just begun."""
        linkedid = f"1772445600.{next(self.numbers)}"
        return builders.inbound(linkedid, at=self.clock.now, customer=number, name=name, did=did)

    async def missed(
        self, number: str = CUSTOMER, name: str = "Анна", *, seconds: float = 10, why: MissedReason | None = None
    ) -> Call:
        """A call that nobody answers, from its beginning to its end."""
        call = self.inbound(number, name)
        await self.tell(CallStarted(call, self.clock.now))
        self.clock.pass_seconds(seconds)
        ended = builders.ended(call, self.clock.now)
        ended = replace(ended, missed_reason=why or ended.missed_reason)
        await self.tell(CallEnded(ended, self.clock.now))
        return ended

    async def answered(self, number: str = CUSTOMER, by: str = "102") -> Call:
        """A call that a manager picks up, and that goes on."""
        call = self.inbound(number)
        phone = builders.leg(f"{call.linkedid}9", by, self.clock.now)
        talking = builders.answered(call, self.clock.now, by=phone)
        await self.tell(
            CallStarted(call, self.clock.now), CallAnswered(talking, self.clock.now, phone.channel, phone.uniqueid)
        )
        return talking

    async def ended(self, call: Call, *, talk: float = 60) -> None:
        """The end of an answered call."""
        self.clock.pass_seconds(talk)
        await self.tell(CallEnded(builders.ended(call, self.clock.now), self.clock.now))

    # --- the engine ---------------------------------------------------------------------------------------------------

    async def turn(self) -> float:
        """One turn of the engine; its Originates run on."""
        pause = await self.engine.turn(self.spawn)
        await asyncio.sleep(0)
        return pause

    def spawn(self, ringing: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(ringing))

    async def later(self, seconds: float) -> None:
        """Let time pass, then one turn."""
        self.clock.pass_seconds(seconds)
        await self.turn()

    def new_engine(self, seed: int = 2) -> Engine:
        """Another daemon, or this one started anew."""
        return self.callbacks.engine({PBX: self.pbx}, random.Random(seed))  # noqa: S311 - the test's dice

    async def kill_engine(self) -> None:
        """What kill -9 leaves: no task of the engine goes on; a new engine is there."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()
        self.engine = self.new_engine(next(self.numbers))

    # --- phones -------------------------------------------------------------------------------------------------------

    def callback_call(self, attempt: Attempt) -> Call:
        """The ledger's call of an attempt whose phone rings."""
        call = replace(builders.outbound(attempt.channel_id, at=self.clock.now), kind=CallKind.CALLBACK)
        phone = replace(call.legs[0], channel=ChannelName(f"{attempt.dialstring}-{attempt.key:08x}"))
        return replace(call, legs=(replace(phone, rang_at=self.clock.now),))

    async def rings(self, attempt: Attempt) -> Call:
        """The manager's phone rings."""
        call = self.callback_call(attempt)
        phone = call.legs[0]
        await self.tell(
            CallStarted(call, self.clock.now),
            CallRinging(call, self.clock.now, phone.channel, phone.uniqueid, phone.number),
        )
        return call

    async def phone_ends(self, attempt: Attempt, cause: int = 19) -> None:
        """A manager's phone stops to ring, unanswered: the channel is gone."""
        call = self.callback_call(attempt)
        self.gone(attempt, {"Response": "Failure", "Reason": "1"})
        await self.tell(CallEnded(builders.ended(call, self.clock.now, cause=cause), self.clock.now))

    def gone(self, attempt: Attempt, response: Mapping[str, str]) -> None:
        """The channel leaves the PBX, and the Originate is answered."""
        future = self.pbx.channels.pop(attempt.channel_id, None)
        if future is not None and not future.done():
            future.set_result(response)

    async def picks_up(self, attempt: Attempt) -> object:
        """A manager picks up; what they are told."""
        future = self.pbx.channels[attempt.channel_id]
        if not future.done():
            future.set_result({"Response": "Success", "Reason": "4"})
        return await self.callbacks.desk.briefing(AttemptId(attempt.channel_id))

    async def presses(self, attempt: Attempt, answer: ManagerAnswer) -> DialCustomer | Withdrawn | AnswerNoted:
        return await self.callbacks.desk.report(AttemptId(attempt.channel_id), answer)

    async def customer(
        self,
        attempt: Attempt,
        *,
        talk: float | None = None,
        cause: int = 16,
        report: DialReport | None = None,
        set_back: float = 0.0,
    ) -> None:
        """The customer's dial: answered for ``talk`` seconds, or not, by ``cause``; then everything is over.

        The clock is ``set_back`` while they talk.
        """
        call = self.callback_call(attempt)
        leg = builders.leg(f"{attempt.key}.2", CUSTOMER, self.clock.now, channel=f"PJSIP/carrier-{attempt.key}")
        call = replace(call, legs=(*call.legs, leg))
        if talk is not None:
            call = builders.answered(call, self.clock.now, by=leg)
            await self.tell(CallAnswered(call, self.clock.now, leg.channel, leg.uniqueid))
            self.clock.pass_seconds(talk)
            self.clock.set_back(set_back)
        if report is not None:
            await self.callbacks.desk.dialled(AttemptId(attempt.channel_id), report)
        self.gone(attempt, {"Response": "Success"})
        await self.tell(CallEnded(builders.ended(call, self.clock.now, cause=cause), self.clock.now))

    # --- looking ------------------------------------------------------------------------------------------------------

    async def request(self) -> Request:
        """The newest request."""
        [row] = await self.pool.fetch("SELECT * FROM callback_requests ORDER BY request_id DESC LIMIT 1")
        return request_from(row)

    async def requests(self) -> list[Request]:
        rows = await self.pool.fetch("SELECT * FROM callback_requests ORDER BY request_id")
        return [request_from(row) for row in rows]

    async def attempts(self) -> list[Attempt]:
        rows = await self.pool.fetch("SELECT * FROM callback_attempts ORDER BY attempt_key")
        return [attempt_from(row) for row in rows]

    async def attempt(self) -> Attempt:
        """The newest attempt."""
        return (await self.attempts())[-1]

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        done = await asyncio.gather(*self.tasks, return_exceptions=True)
        self.pumping.cancel()
        await asyncio.gather(self.pumping, return_exceptions=True)
        raised = [one for one in done if isinstance(one, Exception)]
        assert not raised, raised


def settings_with(
    *,
    schedule: str = "24/7",
    timezone: str = "UTC",
    toll: Mapping[str, object] = USUAL,
    voice: Mapping[str, object] = USUAL,
    **callback: object,
) -> TelephonySettings:
    """Settings for a test: callbacks at all hours, ``boss`` the head of sales."""
    return TelephonySettings(
        hours=HoursSettings(timezone=timezone, schedule=schedule),
        callback=CallbackSettings.model_validate({"head_of_sales": "boss"} | callback),
        voice=VoiceSettings.model_validate(dict(voice)),
        toll=TollSettings.model_validate({"least_ring_seconds": 0} | dict(toll)),
    )


async def set_stage(pool: Pool, settings: TelephonySettings, *, managers: str = MANAGERS) -> Stage:
    """Build it. Close it afterwards."""
    clock, pbx = Ticker(), FakePbx()
    await DirectoryStore(pool).replace_managers(read_managers(managers, "PJSIP"))
    callbacks = Callbacks(pool, settings, clock)
    callbacks.talks.seconds = clock.passed
    pump = Pump(pool, LedgerWriter("UA"), hooks=[callbacks.ledger_hook], before=[callbacks.phones, callbacks.talks])
    engine = callbacks.engine({PBX: pbx}, random.Random(1))  # noqa: S311 - the test's dice
    pumping = asyncio.create_task(pump.run())
    return Stage(pool, settings, clock, pbx, callbacks, pump, engine, [], pumping, itertools.count(1))


Make = Callable[..., Coroutine[Any, Any, Stage]]
