"""From phrases to files that Asterisk can play now: recorded, cached, or rendered within the time there is.

A rendering that is late is not thrown away: it goes on, owned here, and the next time the sentence is there. Two
callers who need the same sentence at once cost one rendering.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import structlog

from telephony.voice.errors import SpeechFailed
from telephony.voice.speech.private import PrivateSounds, sweep
from telephony.voice.speech.sounds import Sounds
from telephony.voice.speech.tts import Tts
from telephony.voice.words.phrases import Language, Line, Phrase, is_personal, title
from telephony.voice.words.sentences import sentence

_log = structlog.get_logger(__name__)


class _Rendering(NamedTuple):
    """What is being rendered, and for whom."""

    language: Language
    text: str
    owner: PrivateSounds | None


class Speaker:
    """Gives Asterisk's path for a phrase; ``region`` is where our numbers are read without their country code."""

    def __init__(self, sounds: Sounds, tts: Tts, region: str) -> None:
        self.sounds = sounds
        self._tts = tts
        self._region = region
        self._renderings: dict[_Rendering, asyncio.Task[str]] = {}

    def private(self) -> PrivateSounds:
        """Begin a conversation: what it says of people is its own, and goes with it."""
        return PrivateSounds(self.sounds.folder)

    def ready(self, language: Language, phrase: Phrase, own: PrivateSounds | None = None) -> str | None:
        """Return Asterisk's path of a phrase that needs no rendering, else None."""
        found = own.find(language, self.text(language, phrase)) if own and is_personal(phrase) else None
        found = found or self.file(language, phrase)
        return None if found is None else self.sounds.for_pbx(found)

    def file(self, language: Language, phrase: Phrase) -> Path | None:
        """Return the file of a phrase that needs no rendering, else None."""
        recorded = self.sounds.recorded(language, title(phrase))
        return recorded or self.sounds.cached(self._tts.voice(language), self.text(language, phrase))

    async def prepare(
        self, language: Language, phrases: Sequence[Phrase], seconds: float, own: PrivateSounds | None = None
    ) -> tuple[str | None, ...]:
        """Return the paths of ``phrases`` in their order, None for those that did not get ready in ``seconds``.

        ``own`` keeps what holds a name or a number; without it such a sentence is kept like all others.
        """
        found = {phrase: self.ready(language, phrase, own) for phrase in phrases}
        rendering = {phrase: self._render_once(language, phrase, own) for phrase, path in found.items() if path is None}
        if rendering:
            await asyncio.wait(rendering.values(), timeout=seconds)
        for phrase, task in rendering.items():
            if task.done() and not task.cancelled() and task.exception() is None:
                found[phrase] = task.result()
        return tuple(found[phrase] for phrase in phrases)

    async def render(self, language: Language, phrase: Phrase) -> str:
        """Return the path of a phrase, rendering it if need be, however long it takes.

        Raises:
            SpeechFailed: it cannot be rendered, or the file cannot be kept.
        """
        found = self.ready(language, phrase)
        return found if found is not None else await asyncio.shield(self._render_once(language, phrase))

    async def warm(self, languages: Iterable[Language]) -> None:
        """Render all lines of ``languages`` that are not there yet, one after the other; stop at the first failure."""
        await asyncio.to_thread(sweep, self.sounds.folder)
        for language in languages:
            for line in Line:
                try:
                    await self.render(language, line)
                except SpeechFailed as error:
                    _log.warning("voice.not_ready", language=language.value, reason=str(error))
                    return

    async def stop(self) -> None:
        """End all renderings."""
        tasks = list(self._renderings.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _render_once(self, language: Language, phrase: Phrase, own: PrivateSounds | None = None) -> asyncio.Task[str]:
        owner = own if is_personal(phrase) else None
        key = _Rendering(language, self.text(language, phrase), owner)
        task = self._renderings.get(key)
        if task is None:
            task = asyncio.create_task(self._render(key), name=f"speak-{title(phrase)}")
            self._renderings[key] = task
            task.add_done_callback(lambda done: self._rendered(key, done))
        return task

    def _rendered(self, key: _Rendering, task: asyncio.Task[str]) -> None:
        del self._renderings[key]
        if not task.cancelled() and (error := task.exception()):
            _log.warning("voice.speech_failed", language=key.language.value, reason=str(error))

    def keep(self, language: Language, phrase: Phrase, samples: bytes) -> Path:
        """Put the sound of a phrase into the cache: 16 bit samples, 8 kHz, that were made elsewhere.

        Raises:
            OSError: the folder cannot be written.
        """
        return self.sounds.store(self._tts.voice(language), self.text(language, phrase), samples)

    async def speak(self, language: Language, text: str) -> Path:
        """Return the file of any text that is not personal, rendering it if need be.

        Raises:
            SpeechFailed: it cannot be rendered, or the file cannot be kept.
        """
        voice = self._tts.voice(language)
        found = self.sounds.cached(voice, text)
        if found is not None:
            return found
        samples = await self._tts.render(language, text)
        try:
            return await asyncio.to_thread(self.sounds.store, voice, text, samples)
        except OSError as error:
            raise SpeechFailed(f"the sound cannot be kept: {error}") from error

    async def _render(self, key: _Rendering) -> str:
        language, text, owner = key
        samples = await self._tts.render(language, text)
        try:
            if owner is not None:
                return self.sounds.for_pbx(await asyncio.to_thread(owner.keep, language, text, samples))
            kept = await asyncio.to_thread(self.sounds.store, self._tts.voice(language), text, samples)
        except OSError as error:
            raise SpeechFailed(f"the sound cannot be kept: {error}") from error
        return self.sounds.for_pbx(kept)

    def text(self, language: Language, phrase: Phrase) -> str:
        """Return the sentence."""
        return sentence(language, phrase, self._region)
