"""What the pages of deliveries say."""

from typing import Final

from crm_bridge.web.words.text import Text, Texts

TEXTS: Final[Texts] = {
    "deliveries.what": Text(
        "What CRMs and webhooks were told, and what they answered.",
        "Что передано в CRM и вебхуки и что они ответили.",
        "Що передано в CRM і вебхуки та що вони відповіли.",
    ),
    "deliveries.targets": Text("Receivers", "Получатели", "Отримувачі"),
    "deliveries.target": Text("Receiver", "Получатель", "Отримувач"),
    "deliveries.waiting": Text("Waiting", "Ждёт", "Чекає"),
    "deliveries.dead": Text("Refused", "Отвергнуто", "Відхилено"),
    "deliveries.paused": Text("Paused until", "Пауза до", "Пауза до"),
    "deliveries.pause_hour": Text("Pause for an hour", "Пауза на час", "Пауза на годину"),
    "deliveries.go_on": Text("Go on", "Продолжить", "Продовжити"),
    "deliveries.replay": Text("Send again", "Отправить снова", "Надіслати знову"),
    "deliveries.replay_all": Text("Send refused ones again", "Отправить отвергнутые", "Надіслати відхилені"),
    "deliveries.no_targets": Text("Nobody is told anything", "Получателей нет", "Отримувачів немає"),
    "deliveries.no_targets_why": Text(
        "CRMs and webhooks are named in the settings.",
        "CRM и вебхуки указываются в настройках.",
        "CRM і вебхуки вказуються в налаштуваннях.",
    ),
    "deliveries.letters": Text("Call events set aside", "Отложенные события звонков", "Відкладені події дзвінків"),
    "deliveries.letters_what": Text(
        "The ledger could not take them; each can be tried again.",
        "Журнал не смог их принять; каждое можно попробовать снова.",
        "Журнал не зміг їх прийняти; кожну можна спробувати знову.",
    ),
    "deliveries.asked": Text("is being tried", "пробуем снова", "пробуємо знову"),
    "deliveries.revive": Text("Try again", "Попробовать снова", "Спробувати знову"),
    "deliveries.messages": Text("Messages", "Сообщения", "Повідомлення"),
    "deliveries.state": Text("State", "Состояние", "Стан"),
    "deliveries.state.waiting": Text("waiting", "ждёт", "чекає"),
    "deliveries.state.sending": Text("being sent", "отправляется", "надсилається"),
    "deliveries.state.delivered": Text("delivered", "доставлено", "доставлено"),
    "deliveries.state.dead": Text("refused", "отвергнуто", "відхилено"),
    "deliveries.at": Text("Time", "Время", "Час"),
    "deliveries.kind": Text("What", "Что", "Що"),
    "deliveries.tries": Text("Tries", "Попыток", "Спроб"),
    "deliveries.reason": Text("Their words", "Их ответ", "Їхня відповідь"),
    "deliveries.due": Text("Next try", "Следующая попытка", "Наступна спроба"),
    "deliveries.tries_of": Text("Tries", "Попытки", "Спроби"),
    "deliveries.no_tries": Text("Not tried yet.", "Попыток ещё не было.", "Спроб ще не було."),
    "deliveries.body": Text("Content", "Содержание", "Вміст"),
    "deliveries.answer.delivered": Text("delivered", "доставлено", "доставлено"),
    "deliveries.answer.retry": Text("to be tried again", "повторим", "повторимо"),
    "deliveries.answer.snooze": Text("asked to wait", "просит подождать", "просить зачекати"),
    "deliveries.answer.discard": Text("refused", "отвергнуто", "відхилено"),
    "deliveries.none": Text("No messages", "Сообщений нет", "Повідомлень немає"),
    "deliveries.none_why": Text(
        "Nothing fits these filters.", "По этим фильтрам ничего нет.", "За цими фільтрами нічого немає."
    ),
}
