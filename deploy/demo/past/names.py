"""Names, numbers, hours and remarks of the made-up company."""

from typing import Final

FIRST: Final = (
    "Олена",
    "Андрій",
    "Марина",
    "Сергей",
    "Ірина",
    "Дмитро",
    "Наталія",
    "Виктор",
    "Юлія",
    "Тарас",
    "Анна",
    "Максим",
)

LAST: Final = (
    "Коваленко",
    "Мельник",
    "Бондаренко",
    "Шевчук",
    "Ткаченко",
    "Лисенко",
    "Кравчук",
    "Соколов",
    "Гриценко",
    "Руденко",
)

FIRMS: Final = ("ТОВ «Світанок»", "Кав’ярня на розі", "Acme Ltd", "ПП «Обрій»", "Студія «Клен»", "Нова Хата")

HOURS: Final = {9: 5, 10: 9, 11: 10, 12: 7, 13: 4, 14: 8, 15: 9, 16: 8, 17: 5, 19: 1, 20: 1}
"""How many calls come in each hour of the day, against each other."""

TAGS: Final = ("price", "delivery", "warranty", "repeat", "urgent")

RESULTS: Final = ("sale", "offer", "later", "no_interest")

COMMENTS: Final = (
    "Просит счёт на почту до пятницы",
    "Надіслати прайс, передзвонити у вівторок",
    "Wants two more of the same, delivery to the office",
    "Уточнил адрес доставки",
    "Не влаштовує термін, шукає швидше",
)

DIDS: Final = ("+380442000600", "+380442000601", "+380442000610", "+380442000101", "+380442000102")
