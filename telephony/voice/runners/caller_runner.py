"""The conversations with callers on the wire.

Two AGI routes: ``closed``, the promise while nobody works (`CallerDialog`); ``offer``, a callback in place of waiting.
Both hold without a port: then ``closed`` says the general sentence, in the company's language.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from telephony.numbers import Canonical
from telephony.voice.agi.call import AgiCall
from telephony.voice.agi.player import ANY_KEY, Player
from telephony.voice.dialogs.caller_dialog import (
    Ask,
    Book,
    CallerDialog,
    Collect,
    Happening,
    Keyed,
    Leave,
    Recorded,
    RecordMessage,
    Step,
)
from telephony.voice.dialogs.caller_port import Booked, Caller, CallerBriefing, CallerPort, NoSlot, NotCalled
from telephony.voice.dialogs.manager_dialog import Broken, Gone, Pressed, Silent
from telephony.voice.errors import CallerGone
from telephony.voice.runners.asking import PortSilent, ask
from telephony.voice.speech.speaker import Speaker
from telephony.voice.words.moments import Moment
from telephony.voice.words.phrases import Language, Line, Phrase

FIRST_WORD_SECONDS = 1.7
"""For all that is asked before something is said: with the dialplan's 0.3 s, nobody waits for more than 2 s."""
NEXT, RELEASE, HEARD = "RINGBACK_NEXT", "release", "RINGBACK_HEARD"
_LEAST_SECONDS = 0.1
_DIGIT_SECONDS, _MOST_DIGITS = 4.0, 16
_MESSAGE_SECONDS, _MESSAGE_SILENCE = 120.0, 5.0
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class _Patience:
    """How much longer the listener may be left in silence."""

    def __init__(self, opened_at: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._until = opened_at + FIRST_WORD_SECONDS

    def renew(self) -> None:
        """Count from now: something was heard."""
        self._until = self._loop.time() + FIRST_WORD_SECONDS

    @property
    def seconds(self) -> float:
        """What is left, never quite nothing."""
        return max(self._until - self._loop.time(), _LEAST_SECONDS)


class CallerRunner:
    """Serves both routes. ``spoken`` makes of a time what is said of it now."""

    def __init__(
        self,
        port: CallerPort | None,
        speaker: Speaker,
        *,
        spoken: Callable[[datetime], Moment],
        region: str,
        language: Language,
        key_seconds: float,
        messages: str,
    ) -> None:
        self._port = port
        self._speaker = speaker
        self._spoken = spoken
        self._region = region
        self._language = language
        self._key_seconds = key_seconds
        self._messages = messages

    async def closed(self, call: AgiCall) -> None:
        """Promise a time, or say that we will call back."""
        patience = _Patience(call.opened_at)
        port = self._port if call.proven else None
        briefing: CallerBriefing | None = None
        if port is not None:
            with contextlib.suppress(PortSilent):
                briefing = await ask(port.greet(_caller(call)), "greet", patience.seconds)
        if port is None or briefing is None:
            await Player(call, self._speaker, self._language).say(Line.CLOSED)
            await call.set_variable(HEARD, "yes")
            return
        await _Conversation(self, port, call, briefing, patience).hold()

    async def offer(self, call: AgiCall) -> None:
        """Offer a callback; ``RINGBACK_NEXT`` is ``release`` if it is wanted: the call then counts as missed."""
        player = Player(call, self._speaker, self._language)
        key = await player.say(Line.OFFER, ANY_KEY) or await call.wait_for_key(self._key_seconds)
        if key == "1":
            await call.set_variable(NEXT, RELEASE)
            await player.say(Line.OFFER_TAKEN)

    def talk(self, briefing: CallerBriefing) -> CallerDialog:
        """Begin a conversation."""
        return CallerDialog(briefing, self._spoken, self._region)

    def player(self, call: AgiCall, language: Language) -> Player:
        """Return what speaks on a call."""
        return Player(call, self._speaker, language)

    @property
    def key_seconds(self) -> float:
        """How long a key is waited for."""
        return self._key_seconds

    def message_path(self, call: AgiCall) -> str:
        """Return where the PBX writes a caller's message, without its suffix."""
        return f"{self._messages}/rb-message-{_UNSAFE.sub('', call.environment.uniqueid)[:80] or 'none'}"


class _Conversation:
    """One caller, one port: does the steps."""

    def __init__(
        self, runner: CallerRunner, port: CallerPort, call: AgiCall, briefing: CallerBriefing, patience: _Patience
    ) -> None:
        self._runner = runner
        self._port = port
        self._call = call
        self._caller = _caller(call)
        self._patience = patience
        self._talk = runner.talk(briefing)
        self._player = runner.player(call, briefing.language)

    async def hold(self) -> None:
        """Go through all steps."""
        step: Step | None = self._talk.start()
        try:
            while step is not None:
                happened = await self._do(step)
                step = self._talk.receive(happened) if happened else None
        finally:
            self._player.close()

    async def _do(self, step: Step) -> Happening | None:
        try:
            match step:
                case Ask():
                    return await self._ask(step.phrases)
                case Collect():
                    return await self._collect(step)
                case Book():
                    return await self._book(step)
                case RecordMessage():
                    return await self._record(step)
                case Leave():
                    await self._leave(step)
                    return None
                case _:
                    assert_never(step)
        except CallerGone:
            return None if isinstance(step, Leave) else Gone()

    async def _ask(self, phrases: tuple[Phrase, ...]) -> Happening:
        await self._player.prepare(phrases, self._patience.seconds)
        for number, phrase in enumerate(phrases):
            key = await self._player.say(phrase, ANY_KEY)
            self._patience.renew()
            if key:
                return Pressed(key)
            if number == 0:
                await self._call.set_variable(HEARD, "yes")
        key = await self._call.wait_for_key(self._runner.key_seconds)
        self._patience.renew()
        return Pressed(key) if key else Silent()

    async def _collect(self, step: Collect) -> Happening:
        digits = await self._player.take_digits(step.phrase, seconds=_DIGIT_SECONDS, most=_MOST_DIGITS)
        await self._call.set_variable(HEARD, "yes")
        self._patience.renew()
        return Keyed(re.sub("[^0-9]", "", digits))

    async def _book(self, step: Book) -> Booked | NoSlot | NotCalled | Broken:
        """Book while the greeting is spoken: the first word waits for no database, and the caller for no silence."""
        booking = asyncio.create_task(self._port.book(self._caller, step.number, step.later_than), name="caller-books")
        try:
            if step.meanwhile is not None:
                with contextlib.suppress(CallerGone):  # what was begun is booked: the promise stands
                    await self._player.say(step.meanwhile)
                self._patience.renew()
            return await ask(booking, "book", self._patience.seconds)
        except PortSilent:
            return Broken()
        finally:
            booking.cancel()
            await asyncio.wait([booking])

    async def _record(self, step: RecordMessage) -> Happening:
        await self._player.say(step.phrase)
        path = self._runner.message_path(self._call)
        return Recorded(await self._call.record(path, most_seconds=_MESSAGE_SECONDS, silence_seconds=_MESSAGE_SILENCE))

    async def _leave(self, step: Leave) -> None:
        await self._tell(step, step.number)
        for phrase in step.phrases:
            await self._player.say(phrase)
        with contextlib.suppress(CallerGone):
            await self._call.set_variable(HEARD, "yes")

    async def _tell(self, step: Leave, number: Canonical) -> None:
        self._patience.renew()
        with contextlib.suppress(PortSilent):
            if step.accepted:
                await ask(self._port.accepted(self._caller, number), "accepted", self._patience.seconds)
        with contextlib.suppress(PortSilent):
            if step.message:
                file = f"{self._runner.message_path(self._call)}.wav"
                await ask(self._port.message(self._caller, number, file), "message", self._patience.seconds)


def _caller(call: AgiCall) -> Caller:
    environment = call.environment
    return Caller(environment.uniqueid, environment.caller_number, environment.did)
