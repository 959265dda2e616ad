"""What is said of today, of what happens now, and of customers."""

from typing import Final

from crm_bridge.web.words.text import Counted, Text, Texts

TEXTS: Final[Texts] = {
    "open": Text("Open", "Открыть", "Відкрити"),
    "today.open": Text("Open around the clock", "Открыто круглосуточно", "Відчинено цілодобово"),
    "today.open_until": Text("Open until {at}", "Открыто до {at}", "Відчинено до {at}"),
    "today.closed_until": Text("Closed until {at}", "Закрыто до {at}", "Зачинено до {at}"),
    "today.closed": Text("Closed", "Закрыто", "Зачинено"),
    "today.owed": Text("To call back now", "Надо перезвонить", "Треба передзвонити"),
    "today.next": Text("the next has", "следующему осталось", "наступному залишилось"),
    "today.all_rung": Text("A phone has rung for each", "Всем уже звонили", "Усім уже дзвонили"),
    "today.nobody_waits": Text("Nobody waits", "Никто не ждёт", "Ніхто не чекає"),
    "today.in_time": Text("Rung in 5 minutes", "Звонок за 5 минут", "Дзвінок за 5 хвилин"),
    "today.late": Text(
        "{late} of {all} late today", "сегодня опоздали {late} из {all}", "сьогодні запізнилися {late} із {all}"
    ),
    "today.lost": Text("Lost today", "Потеряно сегодня", "Втрачено сьогодні"),
    "today.lost_why": Text(
        "Missed, and never reached", "Пропущены, и до них не дозвонились", "Пропущені, і до них не додзвонилися"
    ),
    "today.answered": Text("Answered today", "Отвечено сегодня", "Відповіли сьогодні"),
    "today.of_inbound": Text("{share} of inbound calls", "{share} входящих", "{share} вхідних"),
    "today.up": Text("Calls now", "Сейчас звонков", "Зараз дзвінків"),
    "today.waiting": Counted(
        ("{n} caller waits", "{n} callers wait"),
        ("{n} ждёт ответа", "{n} ждут ответа", "{n} ждут ответа"),
        ("{n} чекає відповіді", "{n} чекають відповіді", "{n} чекають відповіді"),
    ),
    "today.fates": Text(
        "Missed today, and what became of them",
        "Пропущенные сегодня и что с ними стало",
        "Пропущені сьогодні і що з ними сталося",
    ),
    "today.todo": Text("What to do now", "Что сделать сейчас", "Що зробити зараз"),
    "today.nothing": Text("Nothing is urgent", "Срочного нет", "Термінового немає"),
    "today.latest": Text("Latest calls", "Последние звонки", "Останні дзвінки"),
    "today.all_calls": Text("All calls", "Все звонки", "Усі дзвінки"),
    "today.no_calls": Text(
        "The first call will appear here by itself.",
        "Первый звонок появится здесь сам.",
        "Перший дзвінок з’явиться тут сам.",
    ),
    "fate.missed": Text("missed calls", "пропущенных звонков", "пропущених дзвінків"),
    "fate.customers": Text("customers:", "клиенты:", "клієнти:"),
    "fate.never": Text("not to be called", "не звонить", "не дзвонити"),
    "fate.reached": Text("reached by us", "дозвонились мы", "додзвонилися ми"),
    "fate.got_through": Text("got through themselves", "дозвонились сами", "додзвонилися самі"),
    "fate.owed": Text("still wait", "ещё ждут", "ще чекають"),
    "fate.answered_later": Text("reached by us", "дозвонились мы", "додзвонилися ми"),
    "fate.never_call": Text("not to be called", "не звонить", "не дзвонити"),
    "fate.lost": Text("lost", "потеряно", "втрачено"),
    "wall.title": Text("Wallboard", "Табло", "Табло"),
    "wall.waiting": Text("callers wait", "ждут ответа", "чекають відповіді"),
    "wall.free": Text("managers free", "менеджеров свободно", "менеджерів вільно"),
    "wall.talking": Text("talk", "говорят", "говорять"),
    "live.sub": Text(
        "Calls that are up, and managers' phones",
        "Текущие звонки и телефоны менеджеров",
        "Поточні дзвінки й телефони менеджерів",
    ),
    "live.since": Text("For", "Сколько", "Скільки"),
    "live.waiting": Text("Callers who wait", "Ждут ответа", "Чекають відповіді"),
    "live.nobody_waits": Text("Nobody waits", "Никто не ждёт", "Ніхто не чекає"),
    "live.nobody_waits_why": Text("Every caller was answered.", "Всем ответили.", "Усім відповіли."),
    "live.talking": Text("Calls", "Разговоры", "Розмови"),
    "live.quiet": Text("It is quiet", "Тихо", "Тихо"),
    "live.quiet_why": Text(
        "A call appears here as it begins.",
        "Звонок появится здесь, как только начнётся.",
        "Дзвінок з’явиться тут, щойно почнеться.",
    ),
    "live.phones": Text("Managers' phones", "Телефоны менеджеров", "Телефони менеджерів"),
    "live.no_phones": Text(
        "No managers in the directory", "В справочнике нет менеджеров", "У довіднику немає менеджерів"
    ),
    "live.no_phones_why": Text(
        "Import them, or take them from the CRM.",
        "Загрузите их или возьмите из CRM.",
        "Завантажте їх або візьміть із CRM.",
    ),
    "phone.free": Text("free", "свободен", "вільний"),
    "phone.ringing": Text("rings", "звонит", "дзвонить"),
    "phone.on_a_call": Text("talks", "говорит", "говорить"),
    "phone.away": Text("away", "отсутствует", "відсутній"),
    "phone.off_hours": Text("out of hours", "не работает сейчас", "не працює зараз"),
    "phone.unregistered": Text("not online", "не в сети", "не в мережі"),
    "phone.unknown": Text("not known", "неизвестно", "невідомо"),
    "customers.latest": Text("Whom we talked with last", "С кем говорили последними", "З ким говорили останніми"),
    "customers.found_for": Text("Found for “{words}”", "Найдено по «{words}»", "Знайдено за «{words}»"),
    "customers.none": Text("Nobody was found", "Никого не нашли", "Нікого не знайшли"),
    "customers.none_why": Text(
        "Try a part of the number or of the name.",
        "Попробуйте часть номера или имени.",
        "Спробуйте частину номера чи імені.",
    ),
    "customers.served_by": Text("served by", "ведёт", "веде"),
    "customers.never_call": Text("never call", "не звонить", "не дзвонити"),
    "customers.do_not_call": Text("Never call", "Никогда не звонить", "Ніколи не дзвонити"),
    "customers.may_call": Text("May be called again", "Снова можно звонить", "Знову можна дзвонити"),
    "customers.talked": Text("Talked", "Разговоров", "Розмов"),
    "customers.last": Text("Last contact", "Последний контакт", "Останній контакт"),
    "customers.hundred": Text("The first 100 days", "Первые 100 дней", "Перші 100 днів"),
    "customers.day": Text("day {day}, since {first}", "день {day}, с {first}", "день {day}, з {first}"),
    "customers.contacts": Text("calls", "разговоры", "розмови"),
}
