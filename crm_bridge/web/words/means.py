"""What each figure of Today, of the callbacks' tabs and of a customer's card counts, and what it leaves out."""

from typing import Final

from crm_bridge.web.words.text import Text, Texts

TEXTS: Final[Texts] = {
    "means.owed": Text(
        "Customers who wait for a call now: open callback requests, without those that are held or promised for later.",
        "Клиенты, которые ждут звонка сейчас: открытые перезвоны без задержанных и обещанных на потом.",
        "Клієнти, які чекають дзвінка зараз: відкриті передзвони без затриманих та обіцяних на потім.",
    ),
    "means.in_time": Text(
        "Of today's missed customers whose first ring was due: the share for whom a manager's phone rang within five working "
        "minutes. The link leads to those who were late.",
        "Доля пропущенных сегодня клиентов, по которым телефон менеджера зазвонил за пять рабочих минут. "
        "Ссылка ведёт к тем, с кем опоздали.",
        "Частка пропущених сьогодні клієнтів, за якими телефон менеджера задзвонив за п’ять робочих хвилин. "
        "Посилання веде до тих, із ким запізнилися.",
    ),
    "means.lost": Text(
        "Customers first missed today whose request was closed and nobody ever talked to them.",
        "Клиенты, пропущенные сегодня, чей перезвон закрыт, а поговорить не удалось.",
        "Клієнти, пропущені сьогодні, чий передзвін закрито, а поговорити не вдалося.",
    ),
    "means.answered": Text(
        "Inbound calls of today that somebody answered. Below: their share of answered and missed ones.",
        "Входящие звонки за сегодня, на которые ответили. Ниже: их доля среди отвеченных и пропущенных.",
        "Вхідні дзвінки за сьогодні, на які відповіли. Нижче: їхня частка серед відповідених і пропущених.",
    ),
    "means.up": Text(
        "Calls that go on now, talking or waiting.",
        "Звонки, которые идут сейчас: разговоры и ожидание.",
        "Дзвінки, які тривають зараз: розмови та очікування.",
    ),
    "means.fates": Text(
        "Missed calls are calls; all that follows counts customers, each once, by their callback request. Those who are owed a "
        "call may have been missed before today.",
        "Пропущенные звонки считаются звонками, остальное клиентами, каждый один раз по его перезвону. Те, кому мы должны "
        "звонок, могли быть пропущены и раньше.",
        "Пропущені дзвінки рахуються дзвінками, решта клієнтами, кожен один раз за його передзвоном. Ті, кому ми винні "
        "дзвінок, могли бути пропущені й раніше.",
    ),
    "means.talked": Text(
        "Seconds of talk of all answered calls of this number, both ways. The link leads to those calls.",
        "Время разговоров по всем отвеченным звонкам этого номера в обе стороны. Ссылка ведёт к ним.",
        "Час розмов за всіма відповіденими дзвінками цього номера в обидва боки. Посилання веде до них.",
    ),
    "means.missed_of": Text(
        "Inbound calls of this number that nobody answered, also those that were called back later.",
        "Входящие с этого номера, на которые не ответили, в том числе те, по которым потом перезвонили.",
        "Вхідні з цього номера, на які не відповіли, зокрема ті, за якими потім передзвонили.",
    ),
    "means.tab.owed": Text("Wait for a call now", "Ждут звонка сейчас", "Чекають дзвінка зараз"),
    "means.tab.promised": Text(
        "Wait for a time that they were promised", "Ждут обещанного времени", "Чекають обіцяного часу"
    ),
    "means.tab.held": Text(
        "Wait for somebody to let them go on", "Ждут, пока кто-нибудь решит", "Чекають, поки хтось вирішить"
    ),
    "means.tab.late": Text(
        "First ring later than five working minutes",
        "Первый вызов позже пяти рабочих минут",
        "Перший виклик пізніше п’яти робочих хвилин",
    ),
    "means.tab.reached": Text(
        "We called and talked, or a manager did", "Мы дозвонились и поговорили", "Ми додзвонилися й поговорили"
    ),
    "means.tab.got_through": Text(
        "Called again themselves and were answered",
        "Перезвонили сами, и им ответили",
        "Передзвонили самі, і їм відповіли",
    ),
    "means.tab.lost": Text("Closed without a talk", "Закрыты без разговора", "Закриті без розмови"),
    "means.tab.all": Text("All that fit the filters", "Все, что подходят под фильтры", "Усі, що підходять під фільтри"),
    "means.tab.never": Text("Not to be called", "Звонить нельзя", "Дзвонити не можна"),
}
