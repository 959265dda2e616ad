"""The score card that Ringback brings: the steps of a sale by telephone. Companies write their own versions over it."""

from typing import Final

from crm_bridge.reviews.cards import CardSection, CardText, Question, Scale, ScoreCard


def _asked(
    name: str, en: str, ru: str, uk: str, scale: Scale = Scale.YES_NO, *, may_not_apply: bool = False
) -> Question:
    return Question(
        question_id=name, text=CardText(en=en, ru=ru, uk=uk), scale=scale, may_not_apply=may_not_apply
    )  # fmt: skip


def _section(weight: int, en: str, ru: str, uk: str, *questions: Question) -> CardSection:
    return CardSection(title=CardText(en=en, ru=ru, uk=uk), weight=weight, questions=questions)


DEFAULT_CARD: Final = ScoreCard(
    sections=(
        _section(
            15,
            "Contact", "Установление контакта", "Встановлення контакту",
            _asked("greeting", "Greeted and said their name", "Поздоровался и представился", "Привітався і назвався"),
            _asked(
                "by_name", "Called the customer by name", "Обращался по имени", "Звертався на ім’я", may_not_apply=True
            ),
        ),
        _section(
            25,
            "Needs", "Выявление потребности", "Виявлення потреби",
            _asked(
                "open_questions", "Asked open questions", "Задавал открытые вопросы", "Ставив відкриті запитання", Scale.THREE
            ),
            _asked("listened", "Listened and did not interrupt", "Слушал, не перебивал", "Слухав, не перебивав", Scale.THREE),
            _asked(
                "needs_first",
                "Asked for the need before presenting",
                "Сначала потребность, потом презентация",
                "Спершу потреба, потім презентація",
                may_not_apply=True,
            ),
        ),
        _section(
            15,
            "Presentation", "Презентация", "Презентація",
            _asked(
                "to_the_need",
                "Spoke of the need that was found",
                "Говорил о выявленной потребности",
                "Говорив про виявлену потребу",
                may_not_apply=True,
            ),
            _asked("knows_goods", "Knows the goods", "Знает товар", "Знає товар", Scale.FIVE, may_not_apply=True),
        ),
        _section(
            15,
            "Objections", "Возражения", "Заперечення",
            _asked("heard_out", "Heard the objection out", "Выслушал возражение", "Вислухав заперечення", may_not_apply=True),
            _asked(
                "answered", "Answered it", "Ответил по существу", "Відповів по суті", Scale.THREE, may_not_apply=True
            ),
        ),
        _section(
            20,
            "The end", "Завершение", "Завершення",
            _asked(
                "next_step",
                "Agreed a next step with a date",
                "Договорился о следующем шаге с датой",
                "Домовився про наступний крок із датою",
            ),
            _asked(
                "repeated", "Repeated the order aloud", "Повторил заказ вслух", "Повторив замовлення вголос", may_not_apply=True
            ),
        ),
        _section(
            10,
            "Care", "Забота", "Турбота",
            _asked("kind", "Kind tone", "Доброжелательный тон", "Доброзичливий тон", Scale.FIVE),
        ),
    ),
    fatal=(
        _asked(
            "fatal_rude", "Was rude or ignored the customer", "Нагрубил или проигнорировал", "Нагрубив або проігнорував", Scale.FATAL
        ),
        _asked(
            "fatal_promise", "Promised what we do not do", "Обещал то, чего мы не делаем", "Обіцяв те, чого ми не робимо", Scale.FATAL
        ),
    ),
)  # fmt: skip
