"""What is said of wall screens."""

from typing import Final

from crm_bridge.web.words.text import Text, Texts

TEXTS: Final[Texts] = {
    "nav.walls": Text("Wall screens", "Экраны", "Екрани"),
    "walls.what": Text(
        "A link shows the figures on a screen where nobody is signed in: one page, and nothing can be done there.",
        "Ссылка показывает цифры на экране, где никто не вошёл: одна страница, и сделать там ничего нельзя.",
        "Посилання показує цифри на екрані, де ніхто не ввійшов: одна сторінка, і зробити там нічого не можна.",
    ),
    "walls.made": Text("The screen's link", "Ссылка для экрана", "Посилання для екрана"),
    "walls.once": Text(
        "It is shown this once. Open it on the screen.",
        "Она показана один раз. Откройте её на экране.",
        "Воно показане один раз. Відкрийте його на екрані.",
    ),
    "walls.name": Text("Where it hangs", "Где висит", "Де висить"),
    "walls.numbers": Text("Numbers", "Номера", "Номери"),
    "walls.whole": Text("whole", "целиком", "повністю"),
    "walls.ends": Text("last two digits", "последние две цифры", "останні дві цифри"),
    "walls.any_language": Text("As its browser wishes", "Как просит браузер", "Як просить браузер"),
    "walls.seen": Text("Last on", "Включён", "Увімкнений"),
    "walls.none": Text("No screens yet", "Экранов пока нет", "Екранів поки немає"),
    "walls.none_why": Text(
        "Make a link and open it on the screen.",
        "Создайте ссылку и откройте её на экране.",
        "Створіть посилання й відкрийте його на екрані.",
    ),
    "walls.add": Text("Make a link", "Создать ссылку", "Створити посилання"),
    "walls.show_whole": Text("Show whole phone numbers", "Показывать номера целиком", "Показувати номери повністю"),
    "wall.who": Text("Who waits", "Кто ждёт", "Хто чекає"),
    "journal.wall.made": Text("made a wall screen's link", "создал ссылку для экрана", "створив посилання для екрана"),
    "journal.wall.revoked": Text("revoked a wall screen's link", "отозвал ссылку экрана", "відкликав посилання екрана"),
}
