"""The logic of ``ringback prompts``: what can be said, what is missing, render it, hear one.

Also the files that the dialplan plays while the daemon is away:
a *published* prompt has a name that never changes (``published/<language>/<title>.<suffix>``), so that the dialplan can
play it without asking anybody: a copy of the operator's recording, else of the rendered sentence.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import structlog

from telephony.errors import Refused
from telephony.voice.errors import SpeechFailed
from telephony.voice.speech.sounds import write_atomically
from telephony.voice.speech.speaker import Speaker
from telephony.voice.words.moments import DayWord, Moment
from telephony.voice.words.phrases import (
    Language,
    LaterNoted,
    Line,
    MissedCall,
    Phrase,
    PressLater,
    Promise,
    ReadBack,
    title,
)

_log = structlog.get_logger(__name__)

PUBLISHED = (Line.CLOSED, Line.APOLOGY, Line.RECORDING_NOTICE, Line.TEST_CALL)
"""What the dialplan plays by itself."""
_EXAMPLE = Moment(DayWord.TOMORROW, date(2026, 1, 5), time(9, 5))
EXAMPLES: tuple[Phrase, ...] = (
    *Line,
    MissedCall("", "+380671234567", _EXAMPLE, 2),
    PressLater(15),
    LaterNoted(15),
    Promise(_EXAMPLE),
    ReadBack("+380671234567"),
)
"""Every phrase once; those with values, with an example of them."""
TITLES = tuple(map(title, EXAMPLES))
_PLAYERS = (
    ("aplay", "-q"),
    ("paplay",),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("afplay",),
)


class PromptSource(StrEnum):
    """Where a prompt's sound comes from."""

    RECORDED = "recorded"
    RENDERED = "rendered"
    MISSING = "missing"


class Prompt(NamedTuple):
    """One phrase in one language, as the list shows it."""

    language: Language
    title: str
    source: PromptSource
    text: str

    def __str__(self) -> str:
        """Return the line of the list."""
        return f"{self.language.value}  {self.source.value:8}  {self.title:24}  {self.text}"


def listed(speaker: Speaker, languages: Iterable[Language]) -> Iterator[Prompt]:
    """List all prompts; those whose sentence holds values stand there with an example."""
    for language in languages:
        for phrase in EXAMPLES:
            yield Prompt(language, title(phrase), source(speaker, language, phrase), speaker.text(language, phrase))


def source(speaker: Speaker, language: Language, phrase: Phrase) -> PromptSource:
    """Return where a phrase's sound comes from now."""
    if speaker.sounds.recorded(language, title(phrase)):
        return PromptSource.RECORDED
    return PromptSource.RENDERED if speaker.file(language, phrase) else PromptSource.MISSING


async def render(speaker: Speaker, languages: Iterable[Language]) -> AsyncIterator[tuple[Prompt, str]]:
    """Render all that is missing, then publish; each prompt comes with the reason why it failed, or empty."""
    chosen = tuple(languages)
    for language in chosen:
        for phrase in EXAMPLES:
            failure = ""
            try:
                await speaker.render(language, phrase)
            except SpeechFailed as error:
                failure = str(error)
            found = source(speaker, language, phrase)
            yield Prompt(language, title(phrase), found, speaker.text(language, phrase)), failure
    await asyncio.to_thread(publish, speaker, chosen)


async def spoken(speaker: Speaker, language: Language, name: str) -> Path:
    """Return the file of one prompt by its title, rendering it if need be.

    Raises:
        Refused: there is no prompt of that title.
        SpeechFailed: it cannot be rendered.
    """
    phrase = next((each for each in EXAMPLES if title(each) == name), None)
    if phrase is None:
        raise Refused(f"no prompt is called {name!r}; there are {', '.join(map(title, EXAMPLES))}")
    await speaker.render(language, phrase)
    found = speaker.file(language, phrase)
    if found is None:
        raise SpeechFailed(f"{name} vanished from the cache")
    return found


async def play(path: Path) -> bool:
    """Play a file on this machine; False if it has no program for that."""
    for program, *options in _PLAYERS:
        if shutil.which(program):
            process = await asyncio.create_subprocess_exec(program, *options, str(path))
            return await process.wait() == 0
    return False


def publish(speaker: Speaker, languages: Iterable[Language]) -> None:
    """Put what the dialplan plays by itself under its lasting names; what is there already is left alone."""
    for language in languages:
        for line in PUBLISHED:
            found = speaker.file(language, line)
            if found is not None:
                try:
                    _publish(found, speaker.sounds.folder / "published" / language.value / line.value)
                except OSError as error:
                    _log.warning(
                        "voice.prompt_not_published", title=line.value, language=language.value, reason=str(error)
                    )


def _publish(found: Path, place: Path) -> None:
    target = place.with_name(place.name + found.suffix)
    content = found.read_bytes()
    if not target.is_file() or target.read_bytes() != content:
        write_atomically(target, content)
    for other in place.parent.glob(f"{place.name}.*"):
        if other != target:
            other.unlink(missing_ok=True)
