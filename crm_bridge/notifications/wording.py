"""What people are told, in their language, with the company's times. Pure.

Names come from callers: a line each, cut short, without anything that turns or hides text; services get plain text.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_bridge.notifications.store import NoticeKind
from crm_bridge.web.formats import Formats, phone, plain
from crm_bridge.web.words.catalogue import PageWords
from crm_bridge.web.words.text import Text, UiLanguage

_LONGEST_NAME: Final = 80
_TITLES: Final[Mapping[NoticeKind, Text]] = {
    NoticeKind.MISSED: Text("Missed call: {who}", "Пропущенный звонок: {who}", "Пропущений дзвінок: {who}"),
    NoticeKind.LATE: Text("Callback is late: {who}", "Перезвон опаздывает: {who}", "Передзвін запізнюється: {who}"),
    NoticeKind.PROMISE: Text("Promise is overdue: {who}", "Обещание просрочено: {who}", "Обіцянку прострочено: {who}"),
    NoticeKind.ALARM: Text("Ringback: alarm", "Ringback: тревога", "Ringback: тривога"),
    NoticeKind.CASE: Text("Unhappy customer: {who}", "Недовольный клиент: {who}", "Незадоволений клієнт: {who}"),
    NoticeKind.CASE_DUE: Text("Nobody has helped: {who}", "Никто не помог: {who}", "Ніхто не допоміг: {who}"),
    NoticeKind.DIGEST: Text("The day in figures: {day}", "День в цифрах: {day}", "День у цифрах: {day}"),
    NoticeKind.TEST: Text("Ringback: a test", "Ringback: проверка", "Ringback: перевірка"),
}
_BODIES: Final[Mapping[NoticeKind, Text]] = {
    NoticeKind.MISSED: Text(
        "{who} called at {at} and reached nobody. Missed calls so far: {misses}.",
        "{who} звонил(а) в {at} и ни до кого не дозвонился. Пропущено звонков: {misses}.",
        "{who} дзвонив(ла) о {at} і ні до кого не додзвонився. Пропущено дзвінків: {misses}.",
    ),
    NoticeKind.LATE: Text(
        "{who} was missed at {at}, and nobody's phone has rung for them in time.",
        "{who}: звонок пропущен в {at}, и ни один телефон не зазвонил вовремя.",
        "{who}: дзвінок пропущено о {at}, і жоден телефон не задзвонив вчасно.",
    ),
    NoticeKind.PROMISE: Text(
        "{who} was promised a call at {at}, and nobody has taken it.",
        "{who}: обещали перезвонить в {at}, и никто не взял этот звонок.",
        "{who}: обіцяли передзвонити о {at}, і ніхто не взяв цей дзвінок.",
    ),
    NoticeKind.CASE: Text(
        "{who}: {why}. Something is to be done by {at}.",
        "{who}: {why}. Сделать что-то надо до {at}.",
        "{who}: {why}. Зробити щось треба до {at}.",
    ),
    NoticeKind.CASE_DUE: Text(
        "{who}: {why}. Nobody has done anything by {at}.",
        "{who}: {why}. До {at} никто ничего не сделал.",
        "{who}: {why}. До {at} ніхто нічого не зробив.",
    ),
    NoticeKind.ALARM: Text("{cause}: {why}", "{cause}: {why}", "{cause}: {why}"),
    NoticeKind.DIGEST: Text(
        "Calls: {calls}\nMissed: {missed}\nTo call back: {requests}\nReached: {reached}\nStill owed: {owed}",
        "Звонков: {calls}\nПропущено: {missed}\nПерезвонить: {requests}\nДозвонились: {reached}\n"
        "Осталось должны: {owed}",
        "Дзвінків: {calls}\nПропущено: {missed}\nПередзвонити: {requests}\nДодзвонилися: {reached}\n"
        "Залишилось винні: {owed}",
    ),
    NoticeKind.TEST: Text(
        "You will be told here. It works.",
        "Сюда будут приходить уведомления. Всё работает.",
        "Сюди надходитимуть сповіщення. Усе працює.",
    ),
}


def words(
    kind: NoticeKind, facts: Mapping[str, Any], language: str, zone: ZoneInfo, now: datetime, url: str
) -> tuple[str, str]:
    """Return the title and the text."""
    tongue = UiLanguage(language) if language in set(UiLanguage) else UiLanguage.ENGLISH
    formats = Formats(tongue, zone, now)
    places = {name: value if isinstance(value, int) else _line(str(value)) for name, value in facts.items()}
    if facts.get("at") is not None:
        places["at"] = formats.moment(facts["at"])
    if "day" in facts:
        places["day"] = formats.long_day(datetime.fromisoformat(facts["day"]).date())
    if "number" in facts:
        name, number = _line(facts.get("name", "")), phone(facts["number"])
        places["who"] = f"{name}, {number}" if name else number
    body = _BODIES[kind].of(tongue).format(**places)
    if "case_id" in facts:
        places["why"] = PageWords(tongue).say(f"case.why.{facts['why']}")
        places["at"] = places["at"] or "?"
    link = f"\n{url}/console/calls/{facts['call_id']}" if url and facts.get("call_id") else ""
    if url and "case_id" in facts:
        link = f"\n{url}/console/cases/{facts['case_id']}"
    return _TITLES[kind].of(tongue).format(**places), body + link


def _line(text: str) -> str:
    return " ".join(plain(text).split())[:_LONGEST_NAME]
