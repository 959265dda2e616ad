"""What parts of the daemon say of themselves, in three languages; `crm_bridge.web.views.health` knows which is which."""

from typing import Final

from crm_bridge.web.words.text import Counted, Text, Texts

TEXTS: Final[Texts] = {
    "part.ami": Text("PBX {of}", "АТС {of}", "АТС {of}"),
    "part.clock": Text("Clock of {of}", "Часы {of}", "Годинник {of}"),
    "part.calendar": Text("Calendar", "Календарь", "Календар"),
    "part.ledger": Text("Ledger of calls", "Журнал звонков", "Журнал дзвінків"),
    "part.recording_room": Text("Room for recordings", "Место для записей", "Місце для записів"),
    "part.database": Text("Database", "База данных", "База даних"),
    "part.loops": Text("Loops", "Циклы работы", "Цикли роботи"),
    "part.calls_outside": Text("Calls outside", "Исходящие звонки", "Вихідні дзвінки"),
    "part.voice": Text("Voice", "Голос", "Голос"),
    "part.audit": Text("Nightly audit", "Ночная сверка", "Нічна звірка"),
    "part.outbox": Text("Messages to other systems", "Сообщения другим системам", "Повідомлення іншим системам"),
    "part.says.calls": Counted(
        ("{n} call goes on", "{n} calls go on"),
        ("идёт {n} звонок", "идут {n} звонка", "идёт {n} звонков"),
        ("триває {n} дзвінок", "тривають {n} дзвінки", "триває {n} дзвінків"),
    ),
    "part.says.untried": Text("not tried yet", "ещё не пробовали", "ще не пробували"),
    "part.says.no_time": Text(
        "the PBX does not tell its time", "АТС не сообщает своё время", "АТС не повідомляє свій час"
    ),
    "part.says.ahead": Text("{n} s ahead of ours", "впереди наших на {n} с", "попереду нашого на {n} с"),
    "part.says.behind": Text("{n} s behind ours", "отстают от наших на {n} с", "відстає від нашого на {n} с"),
    "part.says.events": Counted(
        ("{n} event written", "{n} events written"),
        ("записано {n} событие", "записано {n} события", "записано {n} событий"),
        ("записано {n} подію", "записано {n} події", "записано {n} подій"),
    ),
    "part.says.away": Text(
        "the database is away: {n} events wait, {disk} of them on disk",
        "база данных недоступна: ждут событий — {n}, на диске — {disk}",
        "база даних недоступна: чекають подій — {n}, на диску — {disk}",
    ),
    "part.says.waiting": Text(
        "{n} events wait, {disk} of them on disk",
        "ждут событий — {n}, на диске — {disk}",
        "чекають подій — {n}, на диску — {disk}",
    ),
    "part.says.spool": Text(
        "the spool cannot be written: {why}", "не пишется на диск: {why}", "не записується на диск: {why}"
    ),
    "part.says.no_room": Text("no new recordings: {why}", "новых записей нет: {why}", "нових записів немає: {why}"),
    "part.says.no_answer": Text("no answer", "не отвечает", "не відповідає"),
    "part.says.loops": Text("waiting: {why}", "ждут: {why}", "чекають: {why}"),
    "part.says.within": Text("within their limits", "в пределах ограничений", "у межах обмежень"),
    "part.says.talks": Counted(
        ("{n} conversation", "{n} conversations"),
        ("{n} разговор", "{n} разговора", "{n} разговоров"),
        ("{n} розмова", "{n} розмови", "{n} розмов"),
    ),
    "part.says.first_audit": Text("the first one comes at {at}", "первая будет в {at}", "перша буде о {at}"),
    "part.says.clean": Text("{day}: all is right", "{day}: всё верно", "{day}: усе правильно"),
    "part.says.findings": Text(
        "{day}: findings: {n}, see {command}",
        "{day}: находок: {n}, см. {command}",
        "{day}: знахідок: {n}, див. {command}",
    ),
    "part.says.unknown": Text("{n} cannot be known", "нельзя узнать: {n}", "не можна дізнатися: {n}"),
    "part.says.calendars": Text(
        "{n} calendars, {days} days set by hand",
        "календарей — {n}, дней, заданных вручную, — {days}",
        "календарів — {n}, днів, заданих вручну, — {days}",
    ),
    "part.says.messages": Text(
        "{n} messages wait, {dead} dead letters",
        "ждут отправки — {n}, не доставлено — {dead}",
        "чекають відправлення — {n}, не доставлено — {dead}",
    ),
    "part.says.aside": Text(
        "{of}: {n} answers could not be written, see the log",
        "{of}: не записалось ответов — {n}, см. журнал службы",
        "{of}: не записалося відповідей — {n}, див. журнал служби",
    ),
}
