"""What the sheet to read aloud says around its sentences, in each language."""

from typing import NamedTuple

from telephony.voice.words.phrases import Language


class ScriptHeads(NamedTuple):
    """The words around the sentences."""

    title: str
    advice: tuple[str, ...]
    """How to read; one sentence a line."""
    callers: str
    managers: str
    end: str
    """What is not on the sheet, and why."""


HEADS: dict[Language, ScriptHeads] = {
    Language.EN: ScriptHeads(
        "To read aloud",
        (
            "A quiet room; the telephone's recorder or a headset, a hand's breadth from the mouth.",
            "Read the sentences in this order, without their numbers, all in one recording.",
            "After each one count silently to three. Within a sentence do not stop for longer than a breath.",
            "If you misspeak, read on to the end, and record that line again by itself afterwards.",
        ),
        "What callers hear",
        "What your people hear",
        "Sentences with times, names and numbers in them are not here: the machine's voice says those.",
    ),
    Language.RU: ScriptHeads(
        "Прочитать вслух",
        (
            "Тихая комната; диктофон телефона или гарнитура, на ладонь ото рта.",
            "Читайте предложения в этом порядке, без номеров, одной записью.",
            "После каждого посчитайте про себя до трёх. Внутри предложения не останавливайтесь дольше, чем на вдох.",
            "Оговорились - дочитайте до конца, а эту строку потом запишите отдельно.",
        ),
        "Что слышат звонящие",
        "Что слышат ваши сотрудники",
        "Предложений со временем, именами и номерами здесь нет: их произносит голос машины.",
    ),
    Language.UK: ScriptHeads(
        "Прочитати вголос",
        (
            "Тиха кімната; диктофон телефона або гарнітура, на долоню від рота.",
            "Читайте речення в цьому порядку, без номерів, одним записом.",
            "Після кожного полічіть подумки до трьох. Усередині речення не зупиняйтеся довше, ніж на вдих.",
            "Обмовилися - дочитайте до кінця, а цей рядок потім запишіть окремо.",
        ),
        "Що чують ті, хто телефонує",
        "Що чують ваші працівники",
        "Речень із часом, іменами та номерами тут немає: їх промовляє голос машини.",
    ),
}
