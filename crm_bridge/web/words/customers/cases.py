"""What the console says of unhappy customers."""

from typing import Final

from crm_bridge.web.words.text import Text, Texts

TEXTS: Final[Texts] = {
    "nav.cases": Text("Cases", "Недовольные", "Незадоволені"),
    "case.sub": Text(
        "Customers who may be unhappy: who helps them, and what is changed so that it does not happen again.",
        "Клиенты, которые могут быть недовольны: кто им помогает и что меняем, чтобы это не повторилось.",
        "Клієнти, які можуть бути незадоволені: хто їм допомагає і що змінюємо, щоб це не повторилося.",
    ),
    "case.tabs": Text("Which cases", "Какие", "Які"),
    "case.tab.open": Text("Open", "Открытые", "Відкриті"),
    "case.tab.closed": Text("Closed", "Закрытые", "Закриті"),
    "case.tab.all": Text("All", "Все", "Усі"),
    "case.state.new": Text("nobody has helped yet", "ещё никто не помог", "ще ніхто не допоміг"),
    "case.state.escalated": Text("late: the heads know", "поздно: руководители знают", "пізно: керівники знають"),
    "case.state.in_work": Text("in work", "в работе", "у роботі"),
    "case.state.closed": Text("closed", "закрыт", "закрито"),
    "case.due": Text("Help by", "Помочь до", "Допомогти до"),
    "case.by": Text("by {at}", "до {at}", "до {at}"),
    "case.late": Text("late since {at}", "опоздание с {at}", "запізнення з {at}"),
    "case.acted": Text("first action {at}", "первое действие {at}", "перша дія {at}"),
    "case.why": Text("Why", "Почему", "Чому"),
    "case.opened": Text("Opened", "Открыт", "Відкрито"),
    "case.heads": Text("the heads of sales", "руководители продаж", "керівники продажу"),
    "case.none": Text("No such cases", "Таких нет", "Таких немає"),
    "case.none_why": Text(
        "A case opens by itself when a promise is late, a customer is missed again and again or gives a low score.",
        "Случай открывается сам, когда обещание опоздало, клиента пропускают раз за разом или он ставит низкую оценку.",
        "Випадок відкривається сам, коли обіцянка запізнилася, клієнта пропускають раз за разом або він ставить низьку "
        "оцінку.",
    ),
    "case.call": Text("The call", "Звонок", "Дзвінок"),
    "case.what_now": Text("What is done", "Что делаем", "Що робимо"),
    "case.act.label": Text("What was done for the customer", "Что сделано для клиента", "Що зроблено для клієнта"),
    "case.act.do": Text("Write it down", "Записать", "Записати"),
    "case.give.label": Text("Who helps", "Кто помогает", "Хто допомагає"),
    "case.close.title": Text("Close", "Закрыть", "Закрити"),
    "case.close.do": Text("Close the case", "Закрыть случай", "Закрити випадок"),
    "case.cause": Text("What it was", "В чём было дело", "У чому була річ"),
    "case.done": Text("What was done", "Что сделано", "Що зроблено"),
    "case.changed": Text(
        "What we changed so that it does not happen again",
        "Что изменили, чтобы это не повторилось",
        "Що змінили, щоб це не повторилося",
    ),
    "case.nothing_changed": Text("nothing", "ничего", "нічого"),
    "case.closed_as": Text("Closed: {cause}", "Закрыт: {cause}", "Закрито: {cause}"),
    "case.cause.not_answered": Text("we did not answer", "мы не ответили", "ми не відповіли"),
    "case.cause.late": Text("we were late", "мы опоздали", "ми запізнилися"),
    "case.cause.talk": Text("how they were spoken with", "как с ними говорили", "як з ними говорили"),
    "case.cause.order": Text(
        "order, delivery, papers", "заказ, доставка, документы", "замовлення, доставка, документи"
    ),
    "case.cause.product": Text("the product", "товар", "товар"),
    "case.cause.price": Text("the price", "цена", "ціна"),
    "case.cause.nothing": Text("there was nothing", "ничего не было", "нічого не було"),
    "case.cause.other": Text("something else", "другое", "інше"),
    "case.verb.open": Text("Opened", "Открыт", "Відкрито"),
    "case.verb.add": Text("One more reason", "Ещё одна причина", "Ще одна причина"),
    "case.verb.act": Text("Done", "Сделано", "Зроблено"),
    "case.verb.give": Text("Given to", "Передан", "Передано"),
    "case.verb.escalate": Text(
        "Late: the heads were told", "Поздно: сообщили руководителям", "Пізно: сповістили керівників"
    ),
    "case.verb.close": Text("Closed", "Закрыт", "Закрито"),
    "case.talked": Text("a talk with the customer", "разговор с клиентом", "розмова з клієнтом"),
    "case.badge": Text("may be unhappy", "может быть недоволен", "може бути незадоволений"),
    "case.open.label": Text("Why is this customer unhappy?", "Чем недоволен клиент?", "Чим незадоволений клієнт?"),
    "case.open.do": Text("Open a case", "Открыть случай", "Відкрити випадок"),
    "case.why.low_score": Text("gave a low score", "поставил низкую оценку", "поставив низьку оцінку"),
    "case.why.late_promise": Text(
        "a promised time was not kept", "обещанное время не сдержали", "обіцяного часу не дотримали"
    ),
    "case.why.missed_again": Text(
        "was missed several times in a row", "пропущен несколько раз подряд", "пропущений кілька разів поспіль"
    ),
    "case.why.lost_again": Text(
        "was never called back, and calls again",
        "ему так и не перезвонили, и он звонит снова",
        "йому так і не передзвонили, і він дзвонить знову",
    ),
    "case.why.review": Text(
        "a review of a call says so", "так решила проверка звонка", "так вирішила перевірка дзвінка"
    ),
    "case.why.by_hand": Text("somebody of ours says so", "так сказал сотрудник", "так сказав співробітник"),
    "people.notices.kind.case": Text(
        "A customer of mine may be unhappy", "Мой клиент может быть недоволен", "Мій клієнт може бути незадоволений"
    ),
    "people.notices.kind.case_due": Text(
        "Nobody has helped an unhappy customer in time (heads)",
        "Недовольному клиенту вовремя не помогли (руководителям)",
        "Незадоволеному клієнту вчасно не допомогли (керівникам)",
    ),
}
