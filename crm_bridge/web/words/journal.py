"""What the journal says."""

from typing import Final

from crm_bridge.web.words.text import Text, Texts

TEXTS: Final[Texts] = {
    "journal.what": Text(
        "Who listened, opened cards, exported, ordered, wrote, erased, and changed settings of people.",
        "Кто слушал, открывал карточки, выгружал, распоряжался, писал, удалял и менял доступ.",
        "Хто слухав, відкривав картки, вивантажував, розпоряджався, писав, видаляв і змінював доступ.",
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
    "journal.case.open": Text("opened a case", "открыл случай", "відкрив випадок"),
    "journal.case.add": Text("added a reason to a case", "добавил причину к случаю", "додав причину до випадку"),
    "journal.case.act": Text("helped an unhappy customer", "помог недовольному", "допоміг незадоволеному"),
    "journal.case.give": Text("gave a case to somebody", "передал случай", "передав випадок"),
    "journal.case.close": Text("closed a case", "закрыл случай", "закрив випадок"),
    "journal.callback.snooze": Text("put a callback off", "отложил перезвон", "відклав передзвін"),
    "journal.callback.release": Text(
        "let a held callback go on", "отпустил задержанный перезвон", "відпустив затриманий передзвін"
    ),
    "journal.callback.done": Text(
        "closed a callback as done", "закрыл перезвон как решённый", "закрив передзвін як вирішений"
    ),
    "journal.callback.cancel": Text("cancelled a callback", "отменил перезвон", "скасував передзвін"),
    "journal.callback.pass_on": Text("handed a callback over", "передал перезвон", "передав передзвін"),
    "journal.call.opened": Text("opened a call", "открыл звонок", "відкрив дзвінок"),
    "journal.customer.opened": Text("opened a customer's card", "открыл карточку клиента", "відкрив картку клієнта"),
    "journal.calls.exported": Text("exported calls", "выгрузил звонки", "вивантажив дзвінки"),
    "journal.calendar.taken_back": Text("took a day's change back", "отменил изменение дня", "скасував зміну дня"),
    "journal.call.uncommented": Text("took a comment out", "удалил комментарий", "видалив коментар"),
    "journal.call.tagged": Text("put a tag on", "поставил метку", "поставив мітку"),
    "journal.call.untagged": Text("took a tag off", "снял метку", "зняв мітку"),
    "journal.call.no_result": Text("took the result back", "убрал результат", "прибрав результат"),
    "journal.call.dialled": Text("dialled by a click", "позвонил по клику", "подзвонив за кліком"),
    "journal.call.recording": Text("steered a recording", "управлял записью", "керував записом"),
    "journal.recording.link": Text(
        "made a link to a recording", "создал ссылку на запись", "створив посилання на запис"
    ),
    "journal.alarm.cleared": Text("cleared an alarm", "снял тревогу", "зняв тривогу"),
    "journal.customer.written": Text("changed a customer", "изменил клиента", "змінив клієнта"),
    "journal.customer.removed": Text("took a customer out", "удалил клиента", "видалив клієнта"),
    "journal.customer.never_call": Text("said never to call", "запретил звонить", "заборонив дзвонити"),
    "journal.customer.may_call": Text("allowed to call again", "снова разрешил звонить", "знову дозволив дзвонити"),
    "journal.customer.marked": Text("changed whether to call", "изменил, звонить ли", "змінив, чи дзвонити"),
    "journal.absence.made": Text("said who is away", "отметил отсутствие", "позначив відсутність"),
    "journal.absence.ended": Text("ended an absence", "завершил отсутствие", "завершив відсутність"),
    "journal.delivery.replayed": Text(
        "sent a message again", "отправил сообщение заново", "надіслав повідомлення знову"
    ),
    "journal.target.replayed": Text(
        "sent dead messages again", "отправил неудачные сообщения заново", "надіслав невдалі повідомлення знову"
    ),
    "journal.target.paused": Text(
        "paused deliveries, or let them go on",
        "приостановил или возобновил доставку",
        "призупинив або відновив доставку",
    ),
    "journal.letter.revived": Text(
        "had a call event tried again", "повторил запись события звонка", "повторив запис події дзвінка"
    ),
    "journal.review.asked": Text("asked for a review", "попросил прослушать", "попросив прослухати"),
    "journal.review.claimed": Text(
        "took a call to hear", "взял звонок на прослушивание", "узяв дзвінок на прослуховування"
    ),
    "journal.review.released": Text("gave a review back", "вернул прослушивание", "повернув прослуховування"),
    "journal.review.skipped": Text("left a call unheard", "пропустил прослушивание", "пропустив прослуховування"),
    "journal.review.reopened": Text(
        "took a skipped review up again", "вернул пропущенное прослушивание", "повернув пропущене прослуховування"
    ),
    "journal.review.scored": Text("scored a call", "оценил звонок", "оцінив дзвінок"),
    "journal.review.corrected": Text("corrected a score", "исправил оценку", "виправив оцінку"),
    "journal.review.disputed": Text("disputed a score", "оспорил оценку", "оскаржив оцінку"),
    "journal.review.settled": Text("settled a dispute", "закрыл спор об оценке", "закрив суперечку про оцінку"),
    "journal.review.calibration": Text("opened a calibration", "начал калибровку", "почав калібрування"),
    "journal.review.scored_blind": Text("scored a call blind", "оценил звонок вслепую", "оцінив дзвінок наосліп"),
    "journal.review.calibrated": Text("closed a calibration", "закончил калибровку", "закінчив калібрування"),
    "journal.review.form": Text("changed the score card", "изменил лист оценки", "змінив лист оцінки"),
    "journal.user.added": Text("added a user", "добавил пользователя", "додав користувача"),
    "journal.user.invited": Text("made a sign-in link", "создал ссылку для входа", "створив посилання для входу"),
    "journal.user.role": Text("changed a role", "изменил роль", "змінив роль"),
    "journal.user.disabled": Text(
        "let a user in no longer", "закрыл доступ пользователю", "закрив доступ користувачеві"
    ),
    "journal.user.enabled": Text("let a user in again", "вернул доступ пользователю", "повернув доступ користувачеві"),
    "journal.session.ended": Text("ended a session", "завершил сеанс", "завершив сеанс"),
    "journal.key.made": Text("made an API key", "создал ключ API", "створив ключ API"),
    "journal.key.revoked": Text("revoked an API key", "отозвал ключ API", "відкликав ключ API"),
    "journal.password.changed": Text("changed the password", "сменил пароль", "змінив пароль"),
    "journal.privacy.erase": Text("erased a number", "удалил номер", "видалив номер"),
    "journal.privacy.export": Text("exported a number", "выгрузил данные номера", "вивантажив дані номера"),
    "journal.privacy.hold": Text("forbade an erasure", "запретил удаление", "заборонив видалення"),
    "journal.privacy.release": Text("allowed an erasure again", "снова разрешил удаление", "знову дозволив видалення"),
}
