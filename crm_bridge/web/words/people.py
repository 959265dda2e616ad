"""The texts of the pages by which people come in and go out: English, Russian, Ukrainian."""

from collections.abc import Mapping
from typing import Final

PEOPLE: Final[Mapping[str, tuple[str, str, str]]] = {
    "people.refused.wrong-password": (
        "Nobody has that name and password. Check both and try again.",
        "Нет пользователя с таким именем и паролем. Проверьте и то и другое.",
        "Немає користувача з таким іменем і паролем. Перевірте і те, і друге.",
    ),
    "people.refused.too-many-tries": (
        "Too many tries. Wait a quarter of an hour, or ask an administrator for a new link.",
        "Слишком много попыток. Подождите четверть часа или попросите у администратора новую ссылку.",
        "Забагато спроб. Зачекайте чверть години або попросіть в адміністратора нове посилання.",
    ),
    "people.refused.not-the-same": (
        "The two new passwords differ. Type the same one twice.",
        "Новые пароли не совпадают. Введите один и тот же дважды.",
        "Нові паролі не збігаються. Введіть той самий двічі.",
    ),
    "people.refused.weak-password": (
        "That password is too easily guessed. Take at least {shortest} letters: several words, unconnected.",
        "Такой пароль легко угадать. Возьмите не меньше {shortest} символов: несколько слов, не связанных между собой.",
        "Такий пароль легко вгадати. Візьміть щонайменше {shortest} символів: кілька слів, не пов’язаних між собою.",
    ),
    "people.new_password": (
        "New password",
        "Новый пароль",
        "Новий пароль",
    ),
    "people.password_hint": (
        "At least {shortest} letters. Several words are better than one odd one.",
        "Не меньше {shortest} символов. Несколько слов лучше одного замысловатого.",
        "Щонайменше {shortest} символів. Кілька слів краще за одне хитре.",
    ),
    "people.again": (
        "The same again",
        "Ещё раз",
        "Ще раз",
    ),
    "people.sign_in": (
        "Sign in",
        "Войти",
        "Увійти",
    ),
    "people.user_name": (
        "User name",
        "Имя пользователя",
        "Ім’я користувача",
    ),
    "people.password": (
        "Password",
        "Пароль",
        "Пароль",
    ),
    "people.no_password": (
        "No password yet, or forgotten? An administrator can give you a new link.",
        "Ещё нет пароля или забыли его? Администратор даст новую ссылку.",
        "Ще немає пароля або забули його? Адміністратор дасть нове посилання.",
    ),
    "people.welcome": (
        "Welcome",
        "Добро пожаловать",
        "Ласкаво просимо",
    ),
    "people.link_over": (
        "This link opens no longer",
        "Ссылка больше не действует",
        "Посилання більше не діє",
    ),
    "people.link_over_why": (
        "It was used, replaced by a newer one, or is too old. An administrator can give you a new link.",
        "Она уже использована, заменена новой или устарела. Администратор даст новую ссылку.",
        "Його вже використано, замінено новим або воно застаріло. Адміністратор дасть нове посилання.",
    ),
    "people.welcome_name": (
        "Welcome, {name}",
        "Добро пожаловать, {name}",
        "Ласкаво просимо, {name}",
    ),
    "people.choose": (
        "Choose a password. Your user name is {user}.",
        "Придумайте пароль. Ваше имя пользователя: {user}.",
        "Придумайте пароль. Ваше ім’я користувача: {user}.",
    ),
    "people.keep": (
        "Keep it and sign in",
        "Сохранить и войти",
        "Зберегти й увійти",
    ),
    "people.sign_in_as": (
        "Sign in as {name}",
        "Войти как {name}",
        "Увійти як {name}",
    ),
    "people.change_password": (
        "Change your password",
        "Смена пароля",
        "Зміна пароля",
    ),
    "people.old_password": (
        "Password until now",
        "Прежний пароль",
        "Попередній пароль",
    ),
    "people.others_end": (
        "Your other sessions end.",
        "Остальные ваши сеансы завершатся.",
        "Інші ваші сеанси завершаться.",
    ),
    "people.change_it": (
        "Change it",
        "Сменить пароль",
        "Змінити пароль",
    ),
    "people.sessions": (
        "Your sessions",
        "Ваши сеансы",
        "Ваші сеанси",
    ),
    "people.sessions_what": (
        "Where you are signed in",
        "Где вы вошли",
        "Де ви увійшли",
    ),
    "people.browser": (
        "Browser",
        "Браузер",
        "Браузер",
    ),
    "people.address": (
        "Address",
        "Адрес",
        "Адреса",
    ),
    "people.since": (
        "Since",
        "С какого времени",
        "Відколи",
    ),
    "people.last_used": (
        "Last used",
        "Последнее действие",
        "Остання дія",
    ),
    "people.action": (
        "Action",
        "Действие",
        "Дія",
    ),
    "people.unknown": (
        "unknown",
        "неизвестно",
        "невідомо",
    ),
    "people.this_one": (
        "this one",
        "этот",
        "цей",
    ),
    "people.end_it": (
        "End it",
        "Завершить",
        "Завершити",
    ),
    "people.end_others": (
        "End all others",
        "Завершить остальные",
        "Завершити інші",
    ),
    "people.sign_out": (
        "Sign out",
        "Выйти",
        "Вийти",
    ),
    "people.refused.many-sign-in": (
        "Many people sign in at this moment. Try again in a few seconds.",
        "Сейчас входит много людей. Попробуйте ещё раз через несколько секунд.",
        "Зараз входить багато людей. Спробуйте ще раз за кілька секунд.",
    ),
}
