"""What the console says of new customers, of money at risk, and of how good the data is."""

from typing import Final

from crm_bridge.web.words.text import Counted, Text, Texts

_FIGURES: Final[dict[str, tuple[Text, Text]]] = {
    "newcomers": (
        Text("New customers", "Новые клиенты", "Нові клієнти"),
        Text("Their first answered call was in these days.", "Их первый отвеченный звонок был в эти дни.",
             "Їхній перший дзвінок з відповіддю був у ці дні."),
    ),
    "newcomers_again": (
        Text("Talked again within 30 days", "Поговорили снова за 30 дней", "Поговорили знову за 30 днів"),
        Text("Of those, who talked with us once more.", "Из них те, кто поговорил с нами ещё раз.",
             "З них ті, хто поговорив з нами ще раз."),
    ),
    "newcomers_missed": (
        Text("Missed in their 100 days", "Пропущены за их 100 дней", "Пропущені за їхні 100 днів"),
        Text("Of those, who called at least once in vain. The aim is none.",
             "Из них те, кто хоть раз не дозвонился. Цель — ноль.", "З них ті, хто хоч раз не додзвонився. Мета — нуль."),
    ),
    "newcomers_silent": (
        Text("Silent for 21 days", "Молчат 21 день", "Мовчать 21 день"),
        Text("Of those still in their hundred days, who did not talk with us for three weeks.",
             "Из тех, чьи сто дней идут, те, кто три недели с нами не говорил.",
             "З тих, чиї сто днів тривають, ті, хто три тижні з нами не говорив."),
    ),
    "newcomers_won": (
        Text("Bought within 60 days", "Купили за 60 дней", "Купили за 60 днів"),
        Text("Of those, with a result that means a sale, or one with an amount.",
             "Из них те, у кого есть результат-продажа или результат с суммой.",
             "З них ті, у кого є результат-продаж або результат із сумою."),
    ),
    "cases": (
        Text("Unhappy customers", "Недовольные клиенты", "Незадоволені клієнти"),
        Text("Cases that were opened in these days; a customer has one at a time.",
             "Случаи, открытые в эти дни; у клиента он один за раз.",
             "Випадки, відкриті в ці дні; у клієнта він один за раз."),
    ),
    "cases_late": (
        Text("Helped late", "Помогли поздно", "Допомогли пізно"),
        Text("Nobody had done anything when the time for it was over.", "К сроку никто ничего не сделал.",
             "До строку ніхто нічого не зробив."),
    ),
    "cases_closed": (
        Text("Closed", "Закрыты", "Закриті"),
        Text("With a cause and with what was done.", "С причиной и с тем, что сделано.", "З причиною й тим, що зроблено."),
    ),
    "cases_changed": (
        Text("Something was changed", "Что-то изменили", "Щось змінили"),
        Text("Closed with what was changed so that it does not happen again.",
             "Закрыты с тем, что изменили, чтобы не повторилось.", "Закриті з тим, що змінили, щоб не повторилося."),
    ),
    "unrecorded": (
        Text("Talks without a recording", "Разговоры без записи", "Розмови без запису"),
        Text("Answered calls that have no recording that can be played.",
             "Отвеченные звонки без записи, которую можно прослушать.",
             "Дзвінки з відповіддю без запису, який можна прослухати."),
    ),
    "repaired": (
        Text("Rebuilt calls", "Восстановленные звонки", "Відновлені дзвінки"),
        Text("A part of them was rebuilt after an outage rather than heard.",
             "Часть такого звонка восстановлена после сбоя, а не услышана.",
             "Частину такого дзвінка відновлено після збою, а не почуто."),
    ),
}  # fmt: skip

TEXTS: Final[Texts] = {
    **{f"figure.{name}": title for name, (title, _) in _FIGURES.items()},
    **{f"figure.{name}.means": means for name, (_, means) in _FIGURES.items()},
    "report.newcomers": Text("New customers", "Новые клиенты", "Нові клієнти"),
    "report.cases": Text("Unhappy customers", "Недовольные", "Незадоволені"),
    "report.quality": Text("Quality of the data", "Качество данных", "Якість даних"),
    "report.money": Text("Money", "Деньги", "Гроші"),
    "table.newcomers": Text("The first hundred days", "Первые сто дней", "Перші сто днів"),
    "table.cases": Text("Cases", "Случаи", "Випадки"),
    "table.cases_by_why": Text("Why they were opened", "Почему открыты", "Чому відкриті"),
    "table.cases_by_cause": Text("What it was in the end", "В чём было дело", "У чому була річ"),
    "table.quality": Text("What is missing or rebuilt", "Чего нет и что восстановлено", "Чого немає й що відновлено"),
    "money.at_risk": Text("Lost with missed calls", "Потеряно с пропущенными", "Втрачено з пропущеними"),
    "money.brought_back": Text("Brought back by callbacks", "Вернули перезвоном", "Повернули передзвоном"),
    "money.owed": Text("Customers still to be saved", "Клиентов ещё можно спасти", "Клієнтів ще можна врятувати"),
    "money.assumed": Text("assumed", "предположение", "припущення"),
    "money.band": Text(
        "in four of five cases it is between these", "в четырёх случаях из пяти — между ними",
        "у чотирьох випадках із п’яти — між ними"
    ),
    "money.ends": Text("between your own assumptions", "между вашими предположениями", "між вашими припущеннями"),
    "money.made_of": Text("What it is made of", "Из чего это сложено", "З чого це складено"),
    "money.lost": Text("Lost customers", "Потерянные клиенты", "Втрачені клієнти"),
    "money.reached": Text("Customers whom we called back", "Клиенты, которым перезвонили", "Клієнти, яким передзвонили"),
    "money.in_requests": Counted(
        ("in {n} request", "in {n} requests"), ("в {n} заявке", "в {n} заявках", "в {n} заявках"),
        ("у {n} заявці", "у {n} заявках", "у {n} заявках"),
    ),
    "money.conversion": Text(
        "New customers who buy after the first call", "Новые клиенты, которые покупают после первого звонка",
        "Нові клієнти, які купують після першого дзвінка"
    ),
    "money.won": Counted(
        ("{n} bought", "{n} bought"), ("{n} купил", "{n} купили", "{n} купили"), ("{n} купив", "{n} купили", "{n} купили")
    ),
    "money.first": Counted(
        ("{n} new customer", "{n} new customers"), ("{n} новый клиент", "{n} новых клиента", "{n} новых клиентов"),
        ("{n} новий клієнт", "{n} нові клієнти", "{n} нових клієнтів"),
    ),
    "money.order": Text("Their average order", "Их средний заказ", "Їхнє середнє замовлення"),
    "money.orders": Counted(
        ("{n} order with an amount", "{n} orders with an amount"),
        ("{n} заказ с суммой", "{n} заказа с суммой", "{n} заказов с суммой"),
        ("{n} замовлення із сумою", "{n} замовлення із сумою", "{n} замовлень із сумою"),
    ),
    "money.thin_conversion": Text(
        "assumed: fewer than 30 new customers are known, or nobody bought",
        "предположение: новых клиентов меньше 30 или никто не купил",
        "припущення: нових клієнтів менше ніж 30 або ніхто не купив",
    ),
    "money.thin_order": Text(
        "assumed: fewer than 20 orders are known", "предположение: заказов меньше 20", "припущення: замовлень менше ніж 20"
    ),
    "money.unknown": Text(
        "not known: write results with amounts, or what you believe into [money]",
        "неизвестно: пишите результаты с суммами или своё предположение в настройки",
        "невідомо: пишіть результати із сумами або своє припущення в настройки",
    ),
    "money.method": Text(
        "Lost customers × conversion × average order. Conversion and order are your own, of customers who first talked "
        "with you from {first} to {last}: they have had sixty days to buy. The band takes in how little is known of both, "
        "and luck. Customers of hidden numbers are left out.",
        "Потерянные клиенты × конверсия × средний заказ. Конверсия и заказ — ваши: клиентов, которые впервые говорили с "
        "вами с {first} по {last}; у них было шестьдесят дней, чтобы купить. В границах учтено, как мало известно об "
        "обоих, и случай. Клиенты со скрытым номером не учтены.",
        "Втрачені клієнти × конверсія × середнє замовлення. Конверсія й замовлення — ваші: клієнтів, які вперше говорили "
        "з вами з {first} по {last}; у них було шістдесят днів, щоб купити. У межах враховано, як мало відомо про обидва, "
        "і випадок. Клієнтів із прихованим номером не враховано.",
    ),
    "newcomers.sub": Text(
        "Customers by their first answered call.", "Клиенты по первому отвеченному звонку.",
        "Клієнти за першим дзвінком з відповіддю."
    ),
    "newcomers.day": Text("Day", "День", "День"),
    "newcomers.first": Text("First talk", "Первый разговор", "Перша розмова"),
    "newcomers.talks": Text("Talks", "Разговоры", "Розмови"),
    "newcomers.misses": Text("Missed", "Пропущено", "Пропущено"),
    "newcomers.last": Text("Last talk", "Последний разговор", "Остання розмова"),
    "newcomers.bought": Text("Bought", "Купили", "Купили"),
    "newcomers.yes": Text("yes", "да", "так"),
    "newcomers.none": Text("No such customers", "Таких клиентов нет", "Таких клієнтів немає"),
    "newcomers.none_why": Text("Take a longer period.", "Возьмите период подлиннее.", "Візьміть довший період."),
    "nudge.title": Text("To do for a new customer", "Сделать для нового клиента", "Зробити для нового клієнта"),
    "nudge.thanks": Text("Call and say thank you", "Позвонить и поблагодарить", "Подзвонити й подякувати"),
    "nudge.works": Text("Ask whether all is well", "Спросить, всё ли хорошо", "Спитати, чи все добре"),
    "nudge.survey": Text("Ask what could be better", "Спросить, что можно улучшить", "Спитати, що можна поліпшити"),
    "nudge.sixty": Text("Two months: ask again", "Два месяца: спросить ещё раз", "Два місяці: спитати ще раз"),
    "nudge.hundredth": Text(
        "A hundred days: what comes next?", "Сто дней: что дальше?", "Сто днів: що далі?"
    ),
    "nudge.days": Text("days {first} to {last}", "дни {first}–{last}", "дні {first}–{last}"),
    "nudge.done": Text("Done", "Сделано", "Зроблено"),
    "nudge.not_wanted": Text("Not for this one", "Этому не надо", "Цьому не треба"),
    "call.amount": Text("Amount, {currency}", "Сумма, {currency}", "Сума, {currency}"),
}  # fmt: skip
