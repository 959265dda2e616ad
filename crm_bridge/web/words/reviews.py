"""What reviews say: the queue, the score card, what becomes of it."""

from typing import Final

from crm_bridge.web.words.text import Counted, Text, Texts

TEXTS: Final[Texts] = {
    "nav.reviews": Text("Reviews", "Прослушивание", "Прослуховування"),
    "keys.review": Text(
        "fill in and save a score card", "заполнить и сохранить лист оценки", "заповнити й зберегти лист оцінки"
    ),
    "review.open": Text("Review", "Оценка", "Оцінка"),
    "review.ask": Text("Have it reviewed", "Попросить прослушать", "Попросити прослухати"),
    "review.sub": Text(
        "Listen, score, talk it over. Only calls of the draw make averages: all others were chosen because they are special.",
        "Слушайте, оценивайте, обсуждайте. Средние считаются только по жребию: остальные звонки выбраны, потому что они особенные.",
        "Слухайте, оцінюйте, обговорюйте. Середні рахуються лише за жеребом: решту дзвінків обрано, бо вони особливі.",
    ),
    "review.waiting": Text("Wait to be heard", "Ждут прослушивания", "Чекають прослуховування"),
    "review.waiting_for": Counted(
        ("{n} call", "{n} calls"),
        ("{n} звонок", "{n} звонка", "{n} звонков"),
        ("{n} дзвінок", "{n} дзвінки", "{n} дзвінків"),
    ),
    "review.minutes": Counted(
        ("{n} minute at 1.5×", "{n} minutes at 1.5×"),
        ("{n} минута на 1,5×", "{n} минуты на 1,5×", "{n} минут на 1,5×"),
        ("{n} хвилина на 1,5×", "{n} хвилини на 1,5×", "{n} хвилин на 1,5×"),
    ),
    "review.none": Text("Nothing waits to be heard.", "Всё прослушано.", "Усе прослухано."),
    "review.none_why": Text(
        "First calls come by themselves, a week's draw on Monday.",
        "Первые звонки приходят сами, жребий недели — в понедельник.",
        "Перші дзвінки приходять самі, жереб тижня — у понеділок.",
    ),
    "review.next": Text("Take the next one", "Взять следующий", "Узяти наступний"),
    "review.heard": Text("Heard", "Прослушано", "Прослухано"),
    "review.no_heard": Text(
        "No call of this period was scored.", "За этот период оценок нет.", "За цей період оцінок немає."
    ),
    "review.no_heard_why": Text("Choose another period.", "Выберите другой период.", "Оберіть інший період."),
    "review.found": Counted(
        ("{n} review", "{n} reviews"),
        ("{n} оценка", "{n} оценки", "{n} оценок"),
        ("{n} оцінка", "{n} оцінки", "{n} оцінок"),
    ),
    "review.at": Text("Call", "Звонок", "Дзвінок"),
    "review.why": Text("Why", "Почему", "Чому"),
    "review.state": Text("State", "Состояние", "Стан"),
    "review.score": Text("Score", "Оценка", "Оцінка"),
    "review.by": Text("Heard by", "Кто слушал", "Хто слухав"),
    "review.only_drawn": Text("Draw only", "Только жребий", "Лише жереб"),
    "review_why.first_call": Text("first call", "первый звонок", "перший дзвінок"),
    "review_why.random": Text("draw", "жребий", "жереб"),
    "review_why.unhappy": Text("unhappy", "недоволен", "незадоволений"),
    "review_why.asked": Text("asked for", "по просьбе", "на прохання"),
    "review_state.open": Text("waits", "ждёт", "чекає"),
    "review_state.claimed": Text("is being heard", "слушают", "слухають"),
    "review_state.scored": Text("scored", "оценён", "оцінено"),
    "review_state.disputed": Text("disputed", "оспорен", "оскаржено"),
    "review_state.settled": Text("settled", "спор закрыт", "суперечку закрито"),
    "review_state.skipped": Text("skipped", "пропущен", "пропущено"),
    "review.fatal": Text("fatal", "критично", "критично"),
    "review.weeks": Text("The draw", "Жребий", "Жереб"),
    "review.weeks_why": Text(
        "Each call's rank is the SHA-256 of the week, the seed and the call's id; the smallest are drawn. The seed's hash is "
        "known from Monday on, the seed when the week is over: nobody can choose, anybody can check.",
        "Место звонка — SHA-256 недели, ключа и номера звонка; берутся наименьшие. Хеш ключа известен с понедельника, сам ключ — "
        "когда неделя прошла: выбрать нельзя, проверить можно.",
        "Місце дзвінка — SHA-256 тижня, ключа й номера дзвінка; беруться найменші. Хеш ключа відомий з понеділка, сам ключ — "
        "коли тиждень минув: обрати не можна, перевірити можна.",
    ),
    "review.week": Text("Week of", "Неделя с", "Тиждень із"),
    "review.week_calls": Text("Talks", "Разговоров", "Розмов"),
    "review.seed": Text("Seed", "Ключ", "Ключ"),
    "review.seed_hash": Text("hash", "хеш", "хеш"),
    "review.card": Text("Score card", "Лист оценки", "Лист оцінки"),
    "review.fatal_title": Text("A yes makes the score 0", "«Да» обнуляет оценку", "«Так» обнуляє оцінку"),
    "review.not_applicable": Text("n/a", "не было", "не було"),
    "review.yes": Text("yes", "да", "так"),
    "review.no": Text("no", "нет", "ні"),
    "review.best": Text("Best moment", "Лучший момент", "Найкращий момент"),
    "review.improve": Text("To do better", "Что улучшить", "Що покращити"),
    "review.save": Text("Save", "Сохранить", "Зберегти"),
    "review.save_next": Text("Save, next one", "Сохранить, дальше", "Зберегти, далі"),
    "review.unanswered": Text(
        "Not all questions are answered.", "Ответьте на все вопросы.", "Дайте відповідь на всі запитання."
    ),
    "review.claim": Text("Listen and score", "Слушать и оценить", "Слухати й оцінити"),
    "review.release": Text("Give back", "Вернуть", "Повернути"),
    "review.skip": Text("Skip", "Пропустить", "Пропустити"),
    "review.reopen": Text("Take up again", "Вернуть в очередь", "Повернути в чергу"),
    "review.correct": Text("Write a correction", "Написать исправление", "Написати виправлення"),
    "review.corrected": Text("superseded", "исправлена", "виправлена"),
    "review.held": Text("{name} is listening to it.", "Сейчас слушает {name}.", "Зараз слухає {name}."),
    "review.asked_by": Text("Asked by {name}", "Просит {name}", "Просить {name}"),
    "review.skipped_for": Text("Skipped", "Пропущено", "Пропущено"),
    "review_skip.wrong_number": Text("wrong number", "ошиблись номером", "помилилися номером"),
    "review_skip.no_speech": Text("no talk", "разговора нет", "розмови немає"),
    "review_skip.private": Text("private", "личный", "особистий"),
    "review_skip.stale": Text("nobody heard it in time", "никто не прослушал вовремя", "ніхто не прослухав вчасно"),
    "review.dispute": Text("Dispute", "Оспорить", "Оскаржити"),
    "review.dispute_why": Text("What is wrong with it?", "Что не так?", "Що не так?"),
    "review.disputes": Text("Disputes", "Споры", "Суперечки"),
    "review.settle": Text("Settle", "Закрыть спор", "Закрити суперечку"),
    "review.settle_how": Text("Your answer", "Ваш ответ", "Ваша відповідь"),
    "review.no_sound": Text("There is no recording any more.", "Записи уже нет.", "Запису вже немає."),
    "review.calibration": Text("Calibration", "Калибровка", "Калібрування"),
    "review.calibration_why": Text(
        "Several people score this call and do not see each other's cards until it is closed. Counts in no average.",
        "Несколько человек оценивают этот звонок и не видят чужих листов до закрытия. В средние не входит.",
        "Кілька людей оцінюють цей дзвінок і не бачать чужих листів до закриття. До середніх не входить.",
    ),
    "review.calibrate": Text("Calibrate", "Калибровать", "Калібрувати"),
    "review.uncover": Text("Close and compare", "Закрыть и сравнить", "Закрити й порівняти"),
    "review.alpha": Text("Krippendorff's alpha", "Альфа Криппендорфа", "Альфа Кріппендорфа"),
}
