"""What reports say: their names, their tables, each figure's name and definition."""

from itertools import pairwise
from typing import Final

from crm_bridge.figures.counts import RING_EDGES, WITHIN_SECONDS
from crm_bridge.figures.registry import SERVICE_SECONDS
from crm_bridge.web.words.text import Text, Texts

_REASONS: Final = {
    "no_answer": Text("nobody picked up", "никто не взял трубку", "ніхто не взяв слухавку"),
    "busy": Text("all were busy", "все были заняты", "усі були зайняті"),
    "abandoned_waiting": Text("hung up while waiting", "не дождались в очереди", "не дочекалися в черзі"),
    "abandoned_menu": Text("hung up in the menu", "положили трубку в меню", "поклали слухавку в меню"),
    "off_hours": Text("out of hours", "в нерабочее время", "у неробочий час"),
    "unreachable": Text("no phone could be reached", "телефоны недоступны", "телефони недоступні"),
    "rejected": Text("rejected", "отклонены", "відхилені"),
    "voicemail": Text("taken by a mailbox", "ушли в голосовую почту", "пішли в голосову пошту"),
}
_FIGURES: Final[dict[str, tuple[Text, Text]]] = {
    "inbound": (
        Text("Inbound", "Входящие", "Вхідні"),
        Text("All calls from outside.", "Все звонки снаружи.", "Усі дзвінки ззовні."),
    ),
    "answered": (
        Text("Answered", "Отвечено", "Відповіли"),
        Text("Inbound calls that a person answered.", "Входящие, на которые ответил человек.",
             "Вхідні, на які відповіла людина."),
    ),
    "missed": (
        Text("Missed", "Пропущено", "Пропущено"),
        Text("Inbound calls that no person answered, at any hour.",
             "Входящие, на которые не ответил человек, в любое время.",
             "Вхідні, на які не відповіла людина, у будь-який час."),
    ),
    "short": (
        Text("Hung up within 5 s", "Сброшены за 5 с", "Скинуті за 5 с"),
        Text("Missed calls whose caller waited less than five seconds. They count as missed, too.",
             "Пропущенные, где звонивший ждал меньше пяти секунд. Они тоже считаются пропущенными.",
             "Пропущені, де абонент чекав менше п’яти секунд. Вони теж вважаються пропущеними."),
    ),
    "short_open": (
        Text("Hung up within 5 s, while open", "Сброшены за 5 с в рабочее время", "Скинуті за 5 с у робочий час"),
        Text("The same without those out of hours.", "То же без нерабочего времени.", "Те саме без неробочого часу."),
    ),
    "outbound": (
        Text("Outbound", "Исходящие", "Вихідні"),
        Text("Calls that we made to the outside.", "Звонки, которые сделали мы.", "Дзвінки, які зробили ми."),
    ),
    "outbound_answered": (
        Text("Outbound answered", "Исходящие с ответом", "Вихідні з відповіддю"),
        Text("Outbound calls that the other side answered.", "Исходящие, на которые ответили.",
             "Вихідні, на які відповіли."),
    ),
    "internal": (
        Text("Internal", "Внутренние", "Внутрішні"),
        Text("Calls between colleagues.", "Звонки между сотрудниками.", "Дзвінки між співробітниками."),
    ),
    "callback_calls": (
        Text("Callback calls", "Обратные звонки", "Зворотні дзвінки"),
        Text("Calls in which Ringback connected a manager and a missed customer.",
             "Звонки, в которых Ringback соединял менеджера с пропущенным клиентом.",
             "Дзвінки, у яких Ringback з’єднував менеджера з пропущеним клієнтом."),
    ),
    "talks": (
        Text("Talks", "Разговоры", "Розмови"),
        Text("Calls of any direction that were answered.", "Отвеченные звонки любого направления.",
             "Дзвінки будь-якого напрямку з відповіддю."),
    ),
    "talk": (
        Text("Talk time", "Время разговоров", "Час розмов"),
        Text("From the answer to the end, of all answered calls. Work after the call is not in it.",
             "От ответа до конца, всех отвеченных звонков. Работа после звонка не входит.",
             "Від відповіді до кінця, усіх дзвінків з відповіддю. Робота після дзвінка не входить."),
    ),
    "answered_share": (
        Text("Answered, %", "Отвечено, %", "Відповіли, %"),
        Text("Answered of answered and missed.", "Отвеченные от отвеченных и пропущенных.",
             "Відповіли від тих, на які відповіли, і пропущених."),
    ),
    "service_level": (
        Text("Service level", "Уровень сервиса", "Рівень сервісу"),
        Text(f"Answered within {SERVICE_SECONDS} s, of inbound calls in open hours without those who hung up within 5 s.",
             f"Ответ за {SERVICE_SECONDS} с, от входящих в рабочее время без сброшенных за 5 с.",
             f"Відповідь за {SERVICE_SECONDS} с, від вхідних у робочий час без скинутих за 5 с."),
    ),
    "outbound_share": (
        Text("Outbound answered, %", "Дозвон, %", "Додзвон, %"),
        Text("Of outbound calls, those answered.", "Доля исходящих с ответом.", "Частка вихідних з відповіддю."),
    ),
    "requests": (
        Text("Missed customers", "Пропущенные клиенты", "Пропущені клієнти"),
        Text("Callback requests: a customer who was missed several times before we rang is one.",
             "Заявки на перезвон: клиент, пропущенный несколько раз до нашего звонка, считается один раз.",
             "Заявки на зворотний дзвінок: клієнт, пропущений кілька разів до нашого дзвінка, рахується один раз."),
    ),
    "fate_answered_later": (
        Text("Reached by us", "Дозвонились мы", "Додзвонилися ми"),
        Text("We called them back and talked.", "Мы перезвонили и поговорили.", "Ми передзвонили й поговорили."),
    ),
    "fate_got_through": (
        Text("Got through themselves", "Дозвонились сами", "Додзвонилися самі"),
        Text("They called again, and somebody answered.", "Позвонили ещё раз, и им ответили.",
             "Подзвонили ще раз, і їм відповіли."),
    ),
    "fate_owed": (
        Text("Still owed", "Ещё должны", "Ще винні"),
        Text("The request is open: they are still to be called.", "Заявка открыта: перезвонить ещё надо.",
             "Заявка відкрита: передзвонити ще треба."),
    ),
    "fate_lost": (
        Text("Lost", "Потеряны", "Втрачені"),
        Text("We never spoke with them, and do not try any more.", "С ними так и не поговорили и больше не пытаемся.",
             "З ними так і не поговорили й більше не намагаємося."),
    ),
    "fate_never_call": (
        Text("Not to be called", "Не звонить", "Не дзвонити"),
        Text("Our own people, who does not want it, numbers that rules forbid. They are in no share.",
             "Свои, те, кто не хочет, и запрещённые номера. В доли не входят.",
             "Свої, ті, хто не хоче, і заборонені номери. До часток не входять."),
    ),
    "target_met": (
        Text("Rung in time", "Звонок вовремя", "Дзвінок вчасно"),
        Text("A manager's phone rang within the target's working minutes.",
             "Телефон менеджера зазвонил в пределах нормы рабочих минут.",
             "Телефон менеджера задзвонив у межах норми робочих хвилин."),
    ),
    "target_missed": (
        Text("Rung late or never", "Поздно или никогда", "Пізно або ніколи"),
        Text("The target's time passed without a ring.", "Время нормы прошло без звонка.",
             "Час норми минув без дзвінка."),
    ),
    "target_open": (
        Text("Time is left", "Время ещё есть", "Час ще є"),
        Text("Neither rung nor late yet.", "Ещё не звонили, но и не опоздали.", "Ще не дзвонили, але й не запізнилися."),
    ),
    "target_not_needed": (
        Text("Not needed", "Не понадобился", "Не знадобився"),
        Text("Closed in time by something else, such as the customer's own call.",
             "Закрыта вовремя иначе, например клиент дозвонился сам.",
             "Закрита вчасно інакше, наприклад клієнт додзвонився сам."),
    ),
    "in_time": (
        Text("In time, %", "Вовремя, %", "Вчасно, %"),
        Text("Rung in time, of those rung in time and those late.", "Вовремя от вовремя и опоздавших.",
             "Вчасно від вчасних і запізнілих."),
    ),
    "lost_share": (
        Text("Lost, %", "Потеряно, %", "Втрачено, %"),
        Text("Lost of missed customers, without those not to be called.",
             "Потерянные от пропущенных клиентов, без тех, кому не звонить.",
             "Втрачені від пропущених клієнтів, без тих, кому не дзвонити."),
    ),
    "to_first_ring": (
        Text("To the first ring", "До первого звонка", "До першого дзвінка"),
        Text("Working seconds from the caller's hang-up.", "Рабочие секунды от сброса звонившего.",
             "Робочі секунди від скидання абонента."),
    ),
    "to_acceptance": (
        Text("Until a manager accepted", "До согласия менеджера", "До згоди менеджера"),
        Text("Working seconds from the caller's hang-up.", "Рабочие секунды от сброса звонившего.",
             "Робочі секунди від скидання абонента."),
    ),
    "to_talk": (
        Text("Until they talked", "До разговора", "До розмови"),
        Text("Working seconds from the caller's hang-up.", "Рабочие секунды от сброса звонившего.",
             "Робочі секунди від скидання абонента."),
    ),
    "median": (
        Text("Median", "Медиана", "Медіана"),
        Text("Half of them took no longer.", "Половине хватило этого времени.", "Половині вистачило цього часу."),
    ),
    "nine_of_ten": (
        Text("9 of 10", "9 из 10", "9 із 10"),
        Text("Nine of ten took no longer.", "Девяти из десяти хватило этого времени.",
             "Дев’яти з десяти вистачило цього часу."),
    ),
    "promise_kept": (
        Text("Kept", "Сдержано", "Дотримано"),
        Text("We rang at the time that was promised.", "Позвонили в обещанное время.", "Подзвонили в обіцяний час."),
    ),
    "promise_late": (
        Text("Late", "С опозданием", "Із запізненням"),
        Text("We rang after the promised time.", "Позвонили позже обещанного.", "Подзвонили пізніше обіцяного."),
    ),
    "promise_broken": (
        Text("Broken", "Нарушено", "Порушено"),
        Text("We did not ring.", "Не позвонили.", "Не подзвонили."),
    ),
    "promise_released": (
        Text("Released", "Снято", "Знято"),
        Text("It was not needed any more: the customer was talked with before.",
             "Больше не нужно: с клиентом поговорили раньше.", "Більше не потрібно: з клієнтом поговорили раніше."),
    ),
    "promise_overdue": (
        Text("Overdue", "Просрочено", "Прострочено"),
        Text("Its time has passed, and nobody has accepted yet.", "Время прошло, и никто ещё не взял.",
             "Час минув, і ніхто ще не взяв."),
    ),
    "promise_waited_for": (
        Text("Waited for", "Ждут", "Чекають"),
        Text("Its time has not come yet.", "Время ещё не пришло.", "Час ще не настав."),
    ),
}  # fmt: skip


def _reasons() -> dict[str, tuple[Text, Text]]:
    means = Text(
        "Missed calls, by why they were missed.", "Пропущенные звонки по причине.", "Пропущені дзвінки за причиною."
    )
    return {f"missed_{reason}": (words, means) for reason, words in _REASONS.items()}


def _within() -> dict[str, tuple[Text, Text]]:
    means = Text(
        "Inbound calls answered after less than so many seconds.",
        "Входящие, на которые ответили быстрее, чем за столько секунд.",
        "Вхідні, на які відповіли швидше, ніж за стільки секунд.",
    )
    return {f"within_{wait}": (Text(f"< {wait} s", f"< {wait} с", f"< {wait} с"), means) for wait in WITHIN_SECONDS}


def _rings() -> dict[str, tuple[Text, Text]]:
    means = Text(
        "Closed requests by how long it took until a manager's phone rang, in working minutes.",
        "Закрытые заявки по времени до звонка менеджеру, в рабочих минутах.",
        "Закриті заявки за часом до дзвінка менеджеру, у робочих хвилинах.",
    )
    minutes = [edge // 60 for edge in RING_EDGES]
    spans = [f"{low}-{high}" for low, high in pairwise(minutes)] + [f"> {minutes[-1]}"]
    return {
        f"ring_{edge}": (Text(f"{span} min", f"{span} мин", f"{span} хв"), means)
        for edge, span in zip(RING_EDGES, spans, strict=True)
    }


def _texts() -> dict[str, Text]:
    found = {**_FIGURES, **_reasons(), **_within(), **_rings()}
    names = {f"figure.{name}": words for name, (words, _) in found.items()}
    return names | {f"figure.{name}.means": means for name, (_, means) in found.items()}


TEXTS: Final[Texts] = {
    **_texts(),
    "nav.reports": Text("Reports", "Отчёты", "Звіти"),
    "report.summary": Text("Summary", "Сводка", "Підсумок"),
    "report.speed": Text("Speed of callbacks", "Скорость перезвона", "Швидкість передзвону"),
    "report.answering": Text("Answering", "Ответы", "Відповіді"),
    "report.managers": Text("Managers", "Менеджеры", "Менеджери"),
    "report.heat": Text("By weekday and hour", "По дням и часам", "За днями й годинами"),
    "report.promises": Text("Promises", "Обещания", "Обіцянки"),
    "report.before": Text("Against as many days before", "К стольким же дням раньше", "До стількох же днів раніше"),
    "report.nothing_before": Text("nothing before", "раньше не было", "раніше не було"),
    "report.means": Text("What “{figure}” means", "Что значит «{figure}»", "Що означає «{figure}»"),
    "report.empty": Text("Nothing in these days", "За эти дни ничего", "За ці дні нічого"),
    "report.empty_why": Text("Take a longer period.", "Возьмите период подлиннее.", "Візьміть довший період."),
    "report.shows": Text("Shows", "Показывает", "Показує"),
    "report.no_did": Text("our number is unknown", "номер неизвестен", "номер невідомий"),
    "report.no_queue": Text("no queue", "без очереди", "без черги"),
    "report.promised_for": Text("Promised for", "Обещано на", "Обіцяно на"),
    "report.why": Text("Why", "Почему", "Чому"),
    "table.headline": Text("Calls", "Звонки", "Дзвінки"),
    "table.fates": Text("What became of missed customers", "Судьба пропущенных клиентов", "Доля пропущених клієнтів"),
    "table.by_day": Text("By day", "По дням", "За днями"),
    "table.target": Text("The target", "Норма", "Норма"),
    "table.speeds": Text("How long it took", "Сколько прошло времени", "Скільки минуло часу"),
    "table.rings": Text("Minutes until the first ring", "Минут до первого звонка", "Хвилин до першого дзвінка"),
    "table.why_not": Text("What broke the target", "Что помешало", "Що завадило"),
    "table.closed_for": Text("Why customers were lost", "Почему клиенты потеряны", "Чому клієнтів втрачено"),
    "table.answering": Text("How we answer", "Как мы отвечаем", "Як ми відповідаємо"),
    "table.within": Text("Answered within", "Ответили за", "Відповіли за"),
    "table.reasons": Text("Why calls were missed", "Почему пропущены", "Чому пропущено"),
    "table.waits": Text("How long callers waited", "Сколько ждали звонившие", "Скільки чекали абоненти"),
    "table.by_did": Text("By our number", "По нашим номерам", "За нашими номерами"),
    "table.by_queue": Text("By queue", "По очередям", "За чергами"),
    "table.by_hour": Text("By hour", "По часам", "За годинами"),
    "table.by_extension": Text("Calls by manager", "Звонки по менеджерам", "Дзвінки за менеджерами"),
    "table.rung": Text(
        "Callbacks by the manager who was rung", "Перезвоны по менеджерам, кому звонили",
        "Передзвони за менеджерами, кому дзвонили",
    ),
    "table.heat": Text("By weekday and hour", "По дням недели и часам", "За днями тижня й годинами"),
    "table.promises": Text("Promised times", "Обещанное время", "Обіцяний час"),
}  # fmt: skip
