"""Saying phrases on one call, with something to say in their place when a sentence is not there.

A sentence that could be neither found nor rendered in time is replaced: by a general sentence that was rendered long
before, then Asterisk's own digits, and in the end by a beep: nobody is left in silence.
"""

import re
from collections.abc import Sequence

from telephony.voice.agi.call import AgiCall
from telephony.voice.speech.speaker import Speaker
from telephony.voice.words.phrases import Language, Line, MissedCall, Phrase, Promise

PREPARE_SECONDS = 1.2
"""With the desk's two seconds never reached in practice, less than 2 s of silence after the answer."""
ANY_KEY = "0123456789*#"
_SENTENCE_SECONDS = 180.0
_MOST_DIGITS = 15
_BEEP = "beep"
"""A sound of Asterisk itself."""


class Player:
    """Says phrases in one language on one call."""

    def __init__(self, call: AgiCall, speaker: Speaker, language: Language) -> None:
        self.language = language
        self._call = call
        self._speaker = speaker
        self._waited_for: set[Phrase] = set()
        self._own = speaker.private()

    def close(self) -> None:
        """The conversation is over: what was said of people goes."""
        self._own.close()

    async def prepare(self, phrases: Sequence[Phrase], seconds: float = PREPARE_SECONDS) -> None:
        """Get ready what can be had in time; the rest is replaced when its turn comes, unless it is ready by then."""
        self._waited_for.update(phrases)
        await self._speaker.prepare(self.language, phrases, seconds, self._own)

    async def say(self, phrase: Phrase, keys: str = "") -> str:
        """Return one phrase; return the key of ``keys`` that interrupted it, or empty.

        Raises:
            CallerGone: the caller hung up.
        """
        if phrase not in self._waited_for:
            await self.prepare([phrase])
        key = await self._play(phrase, keys)
        return await self._instead(phrase, keys) if key is None else key

    async def take_digits(self, phrase: Phrase, *, seconds: float, most: int) -> str:
        """Return one phrase and take digits during it and after it.

        Raises:
            CallerGone: the caller hung up.
        """
        if phrase not in self._waited_for:
            await self.prepare([phrase])
        path = self._speaker.ready(self.language, phrase, self._own) or _BEEP
        return await self._call.take_digits(path, seconds=seconds, most=most)

    async def _play(self, phrase: Phrase, keys: str) -> str | None:
        """Return None if there is nothing to play."""
        path = self._speaker.ready(self.language, phrase, self._own)
        return None if path is None else await self._stream(path, keys)

    async def _stream(self, path: str, keys: str) -> str | None:
        try:
            return await self._call.stream(path, keys, seconds=_SENTENCE_SECONDS)
        except FileNotFoundError:
            return None

    async def _instead(self, phrase: Phrase, keys: str) -> str:
        general, digits = _substitute(phrase)
        key = await self._play(general, keys) if general else None
        if digits and not key:
            await self._call.set_variable("CHANNEL(language)", self.language.value)
            return await self._call.say_digits(digits, keys)
        if key is None:
            key = await self._stream(_BEEP, keys)
        return key or ""


def _substitute(phrase: Phrase) -> tuple[Line | None, str]:
    """Return the general sentence that says nearly the same, and digits worth saying after it."""
    match phrase:
        case MissedCall():
            return Line.MISSED_CALL_GENERAL, re.sub("[^0-9]", "", phrase.number)[:_MOST_DIGITS]
        case Promise():
            return Line.REGISTERED, ""
        case _:
            return None, ""
