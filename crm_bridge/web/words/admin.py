"""What the pages of the calendar, health, settings, users and keys say."""

from typing import Final

from crm_bridge.web.words.text import Counted, Text, Texts

TEXTS: Final[Texts] = {
    "calendar.open_until": Text("Open until {at}", "Открыто до {at}", "Відчинено до {at}"),
    "calendar.closed_until": Text("Closed until {at}", "Закрыто до {at}", "Зачинено до {at}"),
    "calendar.always": Text("Always open", "Открыто всегда", "Відчинено завжди"),
    "calendar.never": Text("Never open", "Никогда не открыто", "Ніколи не відчинено"),
    "calendar.off": Text("closed", "закрыто", "зачинено"),
    "calendar.hours": Text("Hours", "Часы работы", "Години роботи"),
    "calendar.because": Text("By the rule", "По правилу", "За правилом"),
    "calendar.promised": Text("Promised to callers", "Обещано звонивших", "Обіцяно тим, хто дзвонив"),
    "calendar.promises": Counted(
        ("{n} promise", "{n} promises"),
        ("{n} обещание", "{n} обещания", "{n} обещаний"),
        ("{n} обіцянка", "{n} обіцянки", "{n} обіцянок"),
    ),
    "calendar.hits": Counted(
        ("{n} caller was promised a time when we are closed", "{n} callers were promised a time when we are closed"),
        (
            "{n} клиенту обещано время, когда закрыто",
            "{n} клиентам обещано время, когда закрыто",
            "{n} клиентам обещано время, когда закрыто",
        ),
        (
            "{n} клієнту обіцяно час, коли зачинено",
            "{n} клієнтам обіцяно час, коли зачинено",
            "{n} клієнтам обіцяно час, коли зачинено",
        ),
    ),
    "calendar.hits_what": Text(
        "They are called back first at the next opening; the promise counts as late.",
        "Им перезвонят первыми после открытия; обещание будет считаться опоздавшим.",
        "Їм зателефонують першими після відкриття; обіцянка вважатиметься запізнілою.",
    ),
    "calendar.note": Text("Why", "Причина", "Причина"),
    "calendar.close": Text("Close this day", "Закрыть день", "Зачинити день"),
    "calendar.other_hours": Text("Other hours", "Другие часы", "Інші години"),
    "calendar.hours_how": Text(
        "For example 10:00-14:00, or 09:00-13:00,14:00-18:00",
        "Например 10:00-14:00 или 09:00-13:00,14:00-18:00",
        "Наприклад 10:00-14:00 або 09:00-13:00,14:00-18:00",
    ),
    "calendar.set_hours": Text("Set hours", "Задать часы", "Задати години"),
    "calendar.written_by": Text("Changed by {who}, {at}", "Изменено: {who}, {at}", "Змінено: {who}, {at}"),
    "calendar.take_back": Text("As in the settings again", "Вернуть как в настройках", "Повернути як у налаштуваннях"),
    "calendar.choose": Text(
        "Choose a day to see why it is open or closed, and to change it.",
        "Выберите день, чтобы узнать, почему он открыт или закрыт, и изменить его.",
        "Виберіть день, щоб дізнатися, чому він відчинений або зачинений, і змінити його.",
    ),
    "calendar.special": Text(
        "Days of one number or group", "Дни одного номера или группы", "Дні одного номера чи групи"
    ),
    "calendar.no_hours": Text(
        "Write the hours, or close the day.", "Укажите часы или закройте день.", "Вкажіть години або зачиніть день."
    ),
    "calendar.wrong_hours": Text(
        "These hours cannot be read. Write them as 10:00-14:00.",
        "Эти часы нельзя прочитать. Пишите так: 10:00-14:00.",
        "Ці години неможливо прочитати. Пишіть так: 10:00-14:00.",
    ),
    "health.what": Text(
        "Each part of the daemon says how it is.",
        "Каждая часть службы говорит, как она.",
        "Кожна частина служби каже, як вона.",
    ),
    "health.well": Text("well", "в порядке", "гаразд"),
    "health.stuck": Text("a restart helps", "поможет перезапуск", "допоможе перезапуск"),
    "health.bad": Counted(
        ("{n} part is not well", "{n} parts are not well"),
        ("{n} часть не в порядке", "{n} части не в порядке", "{n} частей не в порядке"),
        ("{n} частина не гаразд", "{n} частини не гаразд", "{n} частин не гаразд"),
    ),
    "health.cure": Text(
        "{command} on the server says what to do.",
        "Команда {command} на сервере подскажет, что делать.",
        "Команда {command} на сервері підкаже, що робити.",
    ),
    "health.not_well": Text("Not well", "Не в порядке", "Не гаразд"),
    "health.all_well": Text("All is well", "Всё в порядке", "Усе гаразд"),
    "health.parts": Text("Parts", "Части", "Частини"),
    "settings.what": Text(
        "What holds now. They are changed in the settings file; secrets are not shown.",
        "Что действует сейчас. Меняется в файле настроек; секреты не показываются.",
        "Що діє зараз. Змінюється у файлі налаштувань; секрети не показуються.",
    ),
    "settings.find": Text("Name has", "Имя содержит", "Назва містить"),
    "settings.show": Text("Show", "Показать", "Показати"),
    "settings.name": Text("Setting", "Настройка", "Налаштування"),
    "settings.value": Text("Value", "Значение", "Значення"),
    "settings.origin": Text("From", "Откуда", "Звідки"),
    "settings.origin.default": Text("default", "по умолчанию", "типово"),
    "settings.origin.file": Text("file", "файл", "файл"),
    "settings.origin.environment": Text("environment", "окружение", "оточення"),
    "settings.none": Text("No such setting", "Такой настройки нет", "Такого налаштування немає"),
    "settings.none_why": Text("Look for a part of its name.", "Ищите по части имени.", "Шукайте за частиною назви."),
    "users.count": Counted(
        ("{n} user", "{n} users"),
        ("{n} пользователь", "{n} пользователя", "{n} пользователей"),
        ("{n} користувач", "{n} користувачі", "{n} користувачів"),
    ),
    "users.link": Text("One-time link", "Одноразовая ссылка", "Одноразове посилання"),
    "users.link_what": Text(
        "Give it to this person only. It opens once, within {days} days, to choose a password.",
        "Передайте её только этому человеку. Открывается один раз в течение {days} дней, чтобы выбрать пароль.",
        "Передайте його лише цій людині. Відкривається один раз упродовж {days} днів, щоб вибрати пароль.",
    ),
    "users.refused": Text("Not added:", "Не добавлено:", "Не додано:"),
    "users.name": Text("User", "Пользователь", "Користувач"),
    "users.role": Text("Role", "Роль", "Роль"),
    "users.seen": Text("Last seen", "Последний вход", "Останній вхід"),
    "users.deaf": Text("hears no recordings", "без прослушивания записей", "без прослуховування записів"),
    "users.disabled": Text("disabled", "отключён", "вимкнено"),
    "users.invited": Text("has not come yet", "ещё не входил", "ще не входив"),
    "users.enable": Text("Enable", "Включить", "Увімкнути"),
    "users.disable": Text("Disable", "Отключить", "Вимкнути"),
    "users.new_link": Text("New link", "Новая ссылка", "Нове посилання"),
    "users.add": Text("Add a user", "Добавить пользователя", "Додати користувача"),
    "users.user_id": Text("Sign-in name", "Имя для входа", "Ім’я для входу"),
    "users.whole_name": Text("Name", "Имя", "Ім’я"),
    "users.manager": Text("Who that is in the directory", "Кто это в справочнике", "Хто це в довіднику"),
    "users.listen": Text(
        "An administrator may hear recordings",
        "Администратор может слушать записи",
        "Адміністратор може слухати записи",
    ),
    "apikeys.what": Text(
        "Programs that use the API. A key is shown once, when it is made.",
        "Программы, которые пользуются API. Ключ показывается один раз, при создании.",
        "Програми, які користуються API. Ключ показується один раз, під час створення.",
    ),
    "apikeys.made": Text("The new key", "Новый ключ", "Новий ключ"),
    "apikeys.once": Text(
        "Copy it now: it is not shown again.",
        "Скопируйте сейчас: больше он не будет показан.",
        "Скопіюйте зараз: більше він не буде показаний.",
    ),
    "apikeys.incomplete": Text(
        "A key needs a name and at least one right.",
        "Ключу нужны имя и хотя бы одно право.",
        "Ключу потрібні назва й принаймні одне право.",
    ),
    "apikeys.name": Text("Whose", "Чей", "Чий"),
    "apikeys.scopes": Text("Rights", "Права", "Права"),
    "apikeys.state": Text("State", "Состояние", "Стан"),
    "apikeys.revoked": Text("revoked", "отозван", "відкликано"),
    "apikeys.over": Text("over", "истёк", "вичерпано"),
    "apikeys.good": Text("good", "действует", "діє"),
    "apikeys.until": Text("until {at}", "до {at}", "до {at}"),
    "apikeys.revoke": Text("Revoke", "Отозвать", "Відкликати"),
    "apikeys.none": Text("No keys yet", "Ключей пока нет", "Ключів поки немає"),
    "apikeys.none_why": Text(
        "Make one for each program, with no more rights than it needs.",
        "Создайте по ключу на программу, не давая лишних прав.",
        "Створіть по ключу на програму, не даючи зайвих прав.",
    ),
    "apikeys.add": Text("Make a key", "Создать ключ", "Створити ключ"),
    "apikeys.life": Text("Good for", "Срок", "Строк"),
    "apikeys.days": Counted(
        ("{n} day", "{n} days"), ("{n} день", "{n} дня", "{n} дней"), ("{n} день", "{n} дні", "{n} днів")
    ),
    "apikeys.for_ever": Text("until it is revoked", "до отзыва", "до відкликання"),
}
