"""The manager's conversation on the wire: does the steps of `ManagerDialog` and brings it what came of them.

Two AGI routes: ``manager`` (attempt, language if known) from the answer to the key; ``dialled`` (attempt, DIALSTATUS,
cause, seconds of talk, here or gone, language) after the customer's dial, also in the dialplan's hang-up handler.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, TypeVar, assert_never
from zoneinfo import ZoneInfo

import structlog

from telephony.callback.policy.dialling import Dialling, dial_variables
from telephony.callback.policy.model import WithdrawnReason
from telephony.callback.policy.witness import whole_number
from telephony.errors import Refused
from telephony.ports import Clock
from telephony.voice.agi.call import AgiCall
from telephony.voice.agi.player import ANY_KEY, Player
from telephony.voice.dialogs.manager_dialog import (
    WITHDRAWN_LINES,
    Ask,
    Broken,
    Dial,
    Gone,
    Happening,
    Leave,
    ManagerDialog,
    Pressed,
    Silent,
    Step,
    Tell,
)
from telephony.voice.dialogs.manager_port import (
    AttemptId,
    DialReport,
    ManagerAnswer,
    ManagerBriefing,
    ManagerPort,
    Withdrawn,
    attempt_id,
)
from telephony.voice.errors import AgiPacketError, CallerGone
from telephony.voice.runners.asking import PortSilent, ask
from telephony.voice.speech.speaker import Speaker
from telephony.voice.words.moments import moment
from telephony.voice.words.phrases import Language, Line, Phrase

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

BRIEFING_SECONDS, PORT_SECONDS = 1.5, 2.0
"""With the pause, nobody who picks up hears nothing for 2 s."""
PAUSE_SECONDS, _GLANCE_SECONDS = 0.3, 0.1
NEXT, DIAL_NEXT, LANGUAGE = "RINGBACK_NEXT", "dial", "RINGBACK_LANGUAGE"
_DIAL_LINES = {
    "BUSY": Line.CUSTOMER_BUSY,
    "NOANSWER": Line.CUSTOMER_NO_ANSWER,
}


class ManagerRunner:
    """Serves both routes. ``zone`` is the one in which times are spoken."""

    def __init__(
        self,
        port: ManagerPort,
        speaker: Speaker,
        *,
        clock: Clock,
        zone: ZoneInfo,
        language: Language,
        key_seconds: float,
        dialling: Dialling,
    ) -> None:
        self._port = port
        self._speaker = speaker
        self._clock = clock
        self._zone = zone
        self._language = language
        self._key_seconds = key_seconds
        self._dialling = dialling

    async def manager(self, call: AgiCall) -> None:
        """Hold the conversation; the dialplan goes on to dial if ``RINGBACK_NEXT`` is ``dial``."""
        attempt, language, early = _attempt(call), self._told_language(call, 1), _Early(call)
        try:
            briefing = await early.meanwhile(ask(self._port.briefing(attempt), "briefing", BRIEFING_SECONDS))
        except PortSilent:
            await Player(call, self._speaker, language).say(Line.APOLOGY)
            return
        if isinstance(briefing, Withdrawn):
            await Player(call, self._speaker, language).say(WITHDRAWN_LINES[briefing.reason])
            return
        watch = _Watch(self._port, attempt)
        try:
            await self._hold(call, attempt, briefing, watch, early)
        finally:
            await watch.stop()

    async def _hold(
        self, call: AgiCall, attempt: AttemptId, briefing: ManagerBriefing, watch: "_Watch", early: "_Early"
    ) -> None:
        player = Player(call, self._speaker, briefing.language)
        talk = ManagerDialog(briefing, moment(self._local(briefing.missed_at), self._local(self._clock())))
        try:
            await early.meanwhile(player.prepare(talk.phrases))
            step: Step | None = talk.start()
            if early.happened:
                step = talk.receive(early.happened)
            while step is not None:
                happened = await self._do(step, call, attempt, player, watch)
                step = talk.receive(happened) if happened else None
        finally:
            player.close()

    async def _do(
        self, step: Step, call: AgiCall, attempt: AttemptId, player: Player, watch: "_Watch"
    ) -> Happening | None:
        """Do one step; None if it was the last."""
        match step:
            case Ask():
                return await self._ask(step.phrases, call, player, watch)
            case Tell():
                return await self._tell(step.answer, attempt)
            case Dial():
                await self._dial(step, call, attempt, player)
                return None
            case Leave():
                with contextlib.suppress(CallerGone):
                    for phrase in step.phrases:
                        await player.say(phrase)
                return None
            case _:
                assert_never(step)

    async def _ask(self, phrases: tuple[Phrase, ...], call: AgiCall, player: Player, watch: "_Watch") -> Happening:
        try:
            for phrase in phrases:
                watch.look()
                key = await player.say(phrase, ANY_KEY)
                if key or watch.found:
                    return watch.found or Pressed(key)
            watch.look()
            key = await call.wait_for_key(self._key_seconds)
        except CallerGone:
            return Gone()
        return watch.found or (Pressed(key) if key else Silent())

    async def _tell(self, answer: ManagerAnswer, attempt: AttemptId) -> Happening:
        _log.info("voice.manager_answered", attempt=attempt, answer=answer.value)
        try:
            return await ask(self._port.report(attempt, answer), "report", PORT_SECONDS)
        except PortSilent:
            return Broken()

    async def _dial(self, step: Dial, call: AgiCall, attempt: AttemptId, player: Player) -> None:
        try:
            variables = dial_variables(step.order, self._dialling)
        except Refused as error:
            _log.error("voice.customer_not_diallable", reason=str(error))
            await player.say(Line.APOLOGY)
            return
        await player.say(step.phrase)
        if await self._calls_us(attempt):
            await player.say(WITHDRAWN_LINES[WithdrawnReason.GOT_THROUGH])
            return
        for name, value in (variables | {LANGUAGE: player.language.value, NEXT: DIAL_NEXT}).items():
            await call.set_variable(name, value)

    async def _calls_us(self, attempt: AttemptId) -> bool:
        try:
            return await ask(self._port.calls_us(attempt), "calls_us", PORT_SECONDS)
        except PortSilent:
            return True

    async def dialled(self, call: AgiCall) -> None:
        """Take the result of the customer's dial; tell the manager who is still there."""
        attempt = _attempt(call)
        _, dialstatus, cause, talked, there = (*call.environment.arguments, *[""] * 5)[:5]
        report = DialReport(_word(dialstatus), max(0, whole_number(cause)), whole_number(talked))
        with contextlib.suppress(PortSilent):
            await ask(self._port.dialled(attempt, report), "dialled", PORT_SECONDS)
        if there == "here" and report.dialstatus != "ANSWER":
            line = _DIAL_LINES.get(report.dialstatus, Line.CUSTOMER_UNREACHABLE)
            await Player(call, self._speaker, self._told_language(call, 5)).say(line)

    def _told_language(self, call: AgiCall, position: int) -> Language:
        """Return the language that an earlier part of this call was held in, as the dialplan kept it."""
        argument = dict(enumerate(call.environment.arguments)).get(position, "")
        return Language(argument) if argument in set(Language) else self._language

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self._zone)


class _Early:
    """Hears what the manager does before the first word: who knows the menu presses 1 at once.

    AGI drops keys that come while no command runs, so one always does. The first also is the pause that a telephone
    needs after its answer, or the first word would be cut off.
    """

    def __init__(self, call: AgiCall) -> None:
        self.happened: Pressed | Gone | None = None
        self._call = call
        self._pause = PAUSE_SECONDS

    async def meanwhile(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what ``work`` gives, listening until then."""
        task = asyncio.create_task(work, name="manager-prepares")
        try:
            await asyncio.wait([task], timeout=0 if self._pause > _GLANCE_SECONDS else _GLANCE_SECONDS)
            while not task.done() or self._pause > _GLANCE_SECONDS:
                await self._listen(task)
        finally:
            task.cancel()
            await asyncio.wait([task])
        return task.result()

    async def _listen(self, task: asyncio.Task[_T]) -> None:
        seconds, self._pause = self._pause, _GLANCE_SECONDS
        if self.happened:
            await asyncio.wait([task])
            return
        try:
            key = await self._call.wait_for_key(seconds)
        except CallerGone:
            self.happened = Gone()
        else:
            self.happened = Pressed(key) if key else None


class _Watch:
    """Asks the port, while the manager listens, whether the attempt is still wanted: one question at a time."""

    def __init__(self, port: ManagerPort, attempt: AttemptId) -> None:
        self._port = port
        self._attempt = attempt
        self._asking: asyncio.Task[Withdrawn | None] | None = None
        self._found: Withdrawn | None = None

    def look(self) -> None:
        """Ask, unless a question is open."""
        if self.found is None and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._ask(), name=f"withdrawn-{self._attempt}")

    @property
    def found(self) -> Withdrawn | None:
        """What the last answered question brought; never waits."""
        if self._asking and self._asking.done() and not self._asking.cancelled():
            self._found = self._asking.result() or self._found
        return self._found

    async def stop(self) -> None:
        """End the question that is still open."""
        if self._asking:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _ask(self) -> Withdrawn | None:
        try:
            return await ask(self._port.withdrawn(self._attempt), "withdrawn", PORT_SECONDS)
        except PortSilent:
            return None


def _attempt(call: AgiCall) -> AttemptId:
    argument = call.environment.arguments[0] if call.environment.arguments else ""
    attempt = attempt_id(argument)
    if attempt is None:
        raise AgiPacketError(f"not an attempt: {argument[:80]!r}")
    return attempt


def _word(text: str) -> str:
    return text if text.isascii() and text.isalpha() and len(text) <= len("CONGESTION") * 2 else ""
