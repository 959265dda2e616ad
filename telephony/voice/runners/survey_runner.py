"""The conversation of a survey on the wire: the AGI route ``survey`` (the channel that was originated for it).

What was said is told to the port after each step that brought something, whole each time; one telling that fails is
made good by the next. The last one is repeated by the port's owner if the database is away.
"""

import contextlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final, assert_never

from telephony.voice.agi.call import AgiCall
from telephony.voice.agi.player import ANY_KEY, Player
from telephony.voice.dialogs.manager_dialog import Gone, Pressed, Silent
from telephony.voice.dialogs.survey_dialog import (
    AnswerRecorded,
    AskKey,
    ListenTo,
    SayGoodbye,
    SurveyDialog,
    SurveyHappening,
    SurveyStep,
)
from telephony.voice.dialogs.survey_port import SurveyChannel, SurveyPort, survey_channel
from telephony.voice.errors import AgiPacketError, CallerGone
from telephony.voice.runners.asking import PortSilent, ask
from telephony.voice.speech.speaker import Speaker
from telephony.voice.words.moments import Moment

_BRIEFING_SECONDS: Final = 1.2
_KEEP_SECONDS: Final = 2.0
_ANSWER_SECONDS, _ANSWER_SILENCE = 60.0, 4.0
_END_KEYS: Final = "#*"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")


class SurveyRunner:
    """Serves the route.

    Args:
        port: keeps surveys.
        speaker: says the sentences.
        spoken: makes of a time what is said of it now.
        folder: where the PBX writes answers, by its own path.
    """

    def __init__(
        self, port: SurveyPort, speaker: Speaker, *, spoken: Callable[[datetime], Moment], folder: str
    ) -> None:
        self._port = port
        self._speaker = speaker
        self._spoken = spoken
        self._folder = folder

    async def survey(self, call: AgiCall) -> None:
        """Hold the conversation, if it is one of ours and still wanted."""
        if not call.proven:
            return
        channel = _channel(call)
        try:
            briefing = await ask(self._port.picked_up(channel), "survey", _BRIEFING_SECONDS)
        except PortSilent:
            return
        if briefing is None:
            return
        dialog = SurveyDialog(briefing, self._spoken(briefing.anchor_at))
        player = Player(call, self._speaker, briefing.language)
        try:
            await player.prepare(dialog.phrases)
            step: SurveyStep | None = dialog.start()
            while step is not None:
                before = dialog.progress
                happened = await self._do(step, call, player)
                step = dialog.receive(happened) if happened else None
                if dialog.progress != before:
                    with contextlib.suppress(PortSilent):
                        await ask(self._port.keep(channel, dialog.progress), "survey_kept", _KEEP_SECONDS)
        finally:
            player.close()

    async def _do(self, step: SurveyStep, call: AgiCall, player: Player) -> SurveyHappening | None:
        """Do one step; None if it was the last."""
        try:
            match step:
                case AskKey():
                    return await self._ask(step, call, player)
                case ListenTo():
                    return await self._listen(step, call, player)
                case SayGoodbye():
                    for phrase in step.phrases:
                        await player.say(phrase)
                    return None
                case _:
                    assert_never(step)
        except CallerGone:
            return None if isinstance(step, SayGoodbye) else Gone()

    async def _ask(self, step: AskKey, call: AgiCall, player: Player) -> SurveyHappening:
        for phrase in step.phrases:
            key = await player.say(phrase, ANY_KEY)
            if key:
                return Pressed(key)
        key = await call.wait_for_key(step.seconds)
        return Pressed(key) if key else Silent()

    async def _listen(self, step: ListenTo, call: AgiCall, player: Player) -> SurveyHappening:
        for phrase in step.phrases:
            if await player.say(phrase, _END_KEYS):
                return AnswerRecorded(0, "")  # they skip it, or know how it goes and have nothing to say
        path = f"{self._folder}/{_name(call)}-{step.question}"
        seconds = await call.record(path, most_seconds=_ANSWER_SECONDS, silence_seconds=_ANSWER_SILENCE, keys=_END_KEYS)
        return AnswerRecorded(seconds, f"{path}.wav")


def _name(call: AgiCall) -> str:
    return _UNSAFE.sub("", call.environment.uniqueid)[:80] or "none"


def _channel(call: AgiCall) -> SurveyChannel:
    argument = call.environment.arguments[0] if call.environment.arguments else ""
    channel = survey_channel(argument)
    if channel is None:
        raise AgiPacketError(f"no survey: {argument[:80]!r}")
    return channel
