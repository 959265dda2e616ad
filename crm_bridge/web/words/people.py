"""The pages by which people come in, go out, and see where they are signed in."""

from typing import Final

from crm_bridge.web.words.text import Text, Texts

TEXTS: Final[Texts] = {
    "people.refused.wrong_password": Text(
        "Nobody has that name and password. Check both and try again.",
        "Нет пользователя с таким именем и паролем. Проверьте и то и другое.",
        "Немає користувача з таким іменем і паролем. Перевірте і те, і друге.",
    ),
    "people.oidc": Text("Sign in by {provider}", "Войти через {provider}", "Увійти через {provider}"),
    "people.refused.oidc_refused": Text(
        "The sign-in did not succeed, or took too long. Begin again.",
        "Войти не получилось или прошло слишком много времени. Начните снова.",
        "Увійти не вдалося або минуло забагато часу. Почніть знову.",
    ),
    "people.refused.oidc_unknown": Text(
        "You are known there, but nobody has let you in here. Ask an administrator.",
        "Там вас знают, но сюда вас никто не пустил. Обратитесь к администратору.",
        "Там вас знають, але сюди вас ніхто не впустив. Зверніться до адміністратора.",
    ),
    "people.refused.oidc_away": Text(
        "The sign-in service does not answer. Try again in a minute, or use your password.",
        "Служба входа не отвечает. Попробуйте через минуту или войдите по паролю.",
        "Служба входу не відповідає. Спробуйте за хвилину або ввійдіть за паролем.",
    ),
    "people.refused.too_many_tries": Text(
        "Too many tries. Wait a quarter of an hour, or ask an administrator for a new link.",
        "Слишком много попыток. Подождите четверть часа или попросите у администратора новую ссылку.",
        "Забагато спроб. Зачекайте чверть години або попросіть в адміністратора нове посилання.",
    ),
    "people.refused.not_the_same": Text(
        "The two new passwords differ. Type the same one twice.",
        "Новые пароли не совпадают. Введите один и тот же дважды.",
        "Нові паролі не збігаються. Введіть той самий двічі.",
    ),
    "people.refused.weak_password": Text(
        "That password is too easily guessed. Take at least {shortest} letters: several words, unconnected.",
        "Такой пароль легко угадать. Возьмите не меньше {shortest} символов: несколько слов, не связанных между собой.",
        "Такий пароль легко вгадати. Візьміть щонайменше {shortest} символів: кілька слів, не пов’язаних між собою.",
    ),
    "people.new_password": Text(
        "New password",
        "Новый пароль",
        "Новий пароль",
    ),
    "people.password_hint": Text(
        "At least {shortest} letters. Several words are better than one odd one.",
        "Не меньше {shortest} символов. Несколько слов лучше одного замысловатого.",
        "Щонайменше {shortest} символів. Кілька слів краще за одне хитре.",
    ),
    "people.again": Text(
        "The same again",
        "Ещё раз",
        "Ще раз",
    ),
    "people.sign_in": Text(
        "Sign in",
        "Войти",
        "Увійти",
    ),
    "people.user_name": Text(
        "User name",
        "Имя пользователя",
        "Ім’я користувача",
    ),
    "people.password": Text(
        "Password",
        "Пароль",
        "Пароль",
    ),
    "people.no_password": Text(
        "No password yet, or forgotten? An administrator can give you a new link.",
        "Ещё нет пароля или забыли его? Администратор даст новую ссылку.",
        "Ще немає пароля або забули його? Адміністратор дасть нове посилання.",
    ),
    "people.link_over": Text(
        "This link opens no longer",
        "Ссылка больше не действует",
        "Посилання більше не діє",
    ),
    "people.link_over_why": Text(
        "It was used, replaced by a newer one, or is too old. An administrator can give you a new link.",
        "Она уже использована, заменена новой или устарела. Администратор даст новую ссылку.",
        "Його вже використано, замінено новим або воно застаріло. Адміністратор дасть нове посилання.",
    ),
    "people.welcome_name": Text(
        "Welcome, {name}",
        "Добро пожаловать, {name}",
        "Ласкаво просимо, {name}",
    ),
    "people.choose": Text(
        "Choose a password. Your user name is {user}.",
        "Придумайте пароль. Ваше имя пользователя: {user}.",
        "Придумайте пароль. Ваше ім’я користувача: {user}.",
    ),
    "people.keep": Text(
        "Keep it and sign in",
        "Сохранить и войти",
        "Зберегти й увійти",
    ),
    "people.sign_in_as": Text(
        "Sign in as {name}",
        "Войти как {name}",
        "Увійти як {name}",
    ),
    "people.change_password": Text(
        "Change your password",
        "Смена пароля",
        "Зміна пароля",
    ),
    "people.old_password": Text(
        "Password until now",
        "Прежний пароль",
        "Попередній пароль",
    ),
    "people.others_end": Text(
        "Your other sessions end.",
        "Остальные ваши сеансы завершатся.",
        "Інші ваші сеанси завершаться.",
    ),
    "people.change_it": Text(
        "Change it",
        "Сменить пароль",
        "Змінити пароль",
    ),
    "people.sessions": Text(
        "Your sessions",
        "Ваши сеансы",
        "Ваші сеанси",
    ),
    "people.sessions_what": Text(
        "Where you are signed in",
        "Где вы вошли",
        "Де ви увійшли",
    ),
    "people.browser": Text(
        "Browser",
        "Браузер",
        "Браузер",
    ),
    "people.address": Text(
        "Address",
        "Адрес",
        "Адреса",
    ),
    "people.since": Text(
        "Since",
        "С какого времени",
        "Відколи",
    ),
    "people.last_used": Text(
        "Last used",
        "Последнее действие",
        "Остання дія",
    ),
    "people.action": Text(
        "Action",
        "Действие",
        "Дія",
    ),
    "people.unknown": Text(
        "unknown",
        "неизвестно",
        "невідомо",
    ),
    "people.this_one": Text(
        "this one",
        "этот",
        "цей",
    ),
    "people.end_it": Text(
        "End it",
        "Завершить",
        "Завершити",
    ),
    "people.end_others": Text(
        "End all others",
        "Завершить остальные",
        "Завершити інші",
    ),
    "people.sign_out": Text(
        "Sign out",
        "Выйти",
        "Вийти",
    ),
    "people.refused.many_sign_in": Text(
        "Many people sign in at this moment. Try again in a few seconds.",
        "Сейчас входит много людей. Попробуйте ещё раз через несколько секунд.",
        "Зараз входить багато людей. Спробуйте ще раз за кілька секунд.",
    ),
    "people.back": Text("Back", "Назад", "Назад"),
    "people.notices.title": Text(
        "Notifications",
        "Уведомления",
        "Сповіщення",
    ),
    "people.notices.what": Text(
        "Where and when you are told",
        "Куда и когда вам сообщать",
        "Куди й коли вам повідомляти",
    ),
    "people.notices.refused": Text(
        "That address cannot be used.",
        "Этот адрес использовать нельзя.",
        "Цю адресу використати не можна.",
    ),
    "people.notices.where": Text(
        "Addresses",
        "Адреса",
        "Адреси",
    ),
    "people.notices.drop": Text(
        "Remove",
        "Убрать",
        "Прибрати",
    ),
    "people.notices.drop_one": Text(
        "Remove {address}",
        "Убрать {address}",
        "Прибрати {address}",
    ),
    "people.notices.no_address": Text(
        "No address yet: nobody is told anything.",
        "Адресов пока нет: уведомления не приходят.",
        "Адрес поки немає: сповіщення не надходять.",
    ),
    "people.notices.address": Text(
        "New address",
        "Новый адрес",
        "Нова адреса",
    ),
    "people.notices.address_hint": Text(
        "A service's address: Telegram, e-mail and a hundred others, as Apprise writes them. It is kept as a secret.",
        "Адрес службы: Telegram, почта и ещё сотня других, как их пишет Apprise. Хранится как секрет.",
        "Адреса служби: Telegram, пошта та ще сотня інших, як їх пише Apprise. Зберігається як секрет.",
    ),
    "people.notices.add": Text(
        "Add",
        "Добавить",
        "Додати",
    ),
    "people.notices.test": Text(
        "Send a test",
        "Отправить проверку",
        "Надіслати перевірку",
    ),
    "people.notices.test_sent": Text(
        "A test is on its way to each address.",
        "Проверка отправлена на каждый адрес.",
        "Перевірку надіслано на кожну адресу.",
    ),
    "people.notices.of_what": Text(
        "What you are told",
        "О чём сообщать",
        "Про що повідомляти",
    ),
    "people.notices.kind.missed": Text(
        "A customer of yours was missed",
        "Пропущен звонок вашего клиента",
        "Пропущено дзвінок вашого клієнта",
    ),
    "people.notices.kind.late": Text(
        "A callback is late",
        "Перезвон опаздывает",
        "Передзвін запізнюється",
    ),
    "people.notices.kind.promise": Text(
        "A promised call is overdue",
        "Обещанный звонок просрочен",
        "Обіцяний дзвінок прострочено",
    ),
    "people.notices.kind.alarm": Text(
        "An alarm of the system",
        "Тревога системы",
        "Тривога системи",
    ),
    "people.notices.quiet_from": Text(
        "Quiet from",
        "Тишина с",
        "Тиша з",
    ),
    "people.notices.quiet_until": Text(
        "Quiet until",
        "Тишина до",
        "Тиша до",
    ),
    "people.notices.quiet_both": Text(
        "Nothing was saved. Quiet hours need a beginning and an end, and not the same; or leave both empty.",
        "Ничего не сохранено. Тишине нужны начало и конец, и разные; или оставьте оба поля пустыми.",
        "Нічого не збережено. Тиші потрібні початок і кінець, і різні; або залиште обидва поля порожніми.",
    ),
    "people.notices.digest_at": Text(
        "The day in figures at",
        "День в цифрах в",
        "День у цифрах о",
    ),
    "people.notices.keep": Text(
        "Save",
        "Сохранить",
        "Зберегти",
    ),
}
