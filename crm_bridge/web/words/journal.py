"""What the journal says."""

from typing import Final

from crm_bridge.web.words.text import Text, Texts

TEXTS: Final[Texts] = {
    "journal.what": Text(
        "Who listened, ordered, wrote, erased, and changed the calendar.",
        "Кто слушал, распоряжался, писал, удалял и менял календарь.",
        "Хто слухав, розпоряджався, писав, видаляв і змінював календар.",
    ),
    "journal.at": Text("Time", "Время", "Час"),
    "journal.who": Text("Who", "Кто", "Хто"),
    "journal.did": Text("Did what", "Что сделал", "Що зробив"),
    "journal.about": Text("About", "О чём", "Про що"),
    "journal.request": Text("Callback {number}", "Перезвон {number}", "Передзвін {number}"),
    "journal.none": Text("Nothing yet", "Пока ничего", "Поки нічого"),
    "journal.none_why": Text(
        "What people do is written down here.",
        "Здесь записывается, что делают люди.",
        "Тут записується, що роблять люди.",
    ),
    "journal.listened": Text("listened to a recording", "слушал запись", "слухав запис"),
    "journal.commented": Text("wrote a comment", "написал комментарий", "написав коментар"),
    "journal.result": Text("wrote the result", "записал результат", "записав результат"),
    "journal.calendar": Text("changed a day", "изменил день", "змінив день"),
    "journal.call": Text("Call", "Звонок", "Дзвінок"),
    "journal.callback.bridge": Text("talked with the customer", "соединён с клиентом", "з’єднаний із клієнтом"),
    "journal.callback.request": Text("asked for a callback", "попросил перезвонить", "попросив передзвонити"),
    "journal.callback.accept": Text("accepted a callback", "взял перезвон", "узяв передзвін"),
    "journal.callback.snooze": Text("put a callback off", "отложил перезвон", "відклав передзвін"),
    "journal.callback.release": Text(
        "let a held callback go on", "отпустил задержанный перезвон", "відпустив затриманий передзвін"
    ),
    "journal.callback.done": Text(
        "closed a callback as done", "закрыл перезвон как решённый", "закрив передзвін як вирішений"
    ),
    "journal.callback.cancel": Text("cancelled a callback", "отменил перезвон", "скасував передзвін"),
    "journal.callback.pass_on": Text("handed a callback over", "передал перезвон", "передав передзвін"),
    "journal.privacy.erase": Text("erased a number", "удалил номер", "видалив номер"),
    "journal.privacy.export": Text("exported a number", "выгрузил данные номера", "вивантажив дані номера"),
    "journal.privacy.hold": Text("forbade an erasure", "запретил удаление", "заборонив видалення"),
    "journal.privacy.release": Text("allowed an erasure again", "снова разрешил удаление", "знову дозволив видалення"),
}
