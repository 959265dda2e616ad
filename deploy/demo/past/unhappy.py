"""Unhappy customers of a made-up past: those who were lost, in every state that a case can have."""

from datetime import datetime, timedelta
from typing import Any, Final

from deploy.demo.past.model import Past

_CASES: Final = 12
_CLOSED: Final = (
    ("late", "Извинились, отправили заказ тем же днём", "Заместитель звонит, если менеджер занят дольше двух минут"),
    ("not_answered", "Перезвонили и договорились о встрече", ""),
    ("talk", "Поговорил руководитель, клиент остался с нами", "Новый разговор для отказов, разобрали на планёрке"),
    ("order", "Поменяли счёт и доставили бесплатно", "Счёт проверяет второй человек"),
)
_WHY: Final = ("lost_again", "late_promise", "low_score")


def add_cases(past: Past, now: datetime) -> None:
    """Add cases for the last customers who were lost; the newest ones are still open."""
    lost: dict[str, dict[str, Any]] = {}
    closed_for = {"attempts_spent", "by_hand"}
    for row in reversed(past.rows.get("callback_requests", [])):
        if row["closed_for"] in closed_for and row["closed_at"] < now - timedelta(hours=3):
            lost.setdefault(row["customer"], row)
    for place, row in enumerate(list(lost.values())[:_CASES]):
        _add(past, len(past.rows.get("cases", [])) + 1, place, row)


def _add(past: Past, case_id: int, place: int, row: dict[str, Any]) -> None:
    opened, owner = row["closed_at"] + timedelta(minutes=50), row["owner"]
    due = opened + timedelta(hours=1)
    late, is_open = place % 4 == 0, place < 4
    acted = None if place in {0, 1} else opened + timedelta(minutes=90 if late else 20)
    ended = None if is_open or acted is None else acted + timedelta(hours=20)
    cause, done, changed = _CLOSED[place % len(_CLOSED)] if ended else ("", "", "")
    state = "closed" if ended else "in_work" if acted else "escalated"
    past.add(
        "cases", case_id=case_id, customer=row["customer"], name=row["name"], owner=owner, state=state, opened_at=opened, due_at=due,
        acted_at=acted, escalated_at=due if late or acted is None else None, closed_at=ended, closed_by=owner if ended else "", cause=cause,
        done=done, changed=changed,
    )  # fmt: skip
    why = _WHY[place % len(_WHY)]
    past.add(
        "case_reasons", case_id=case_id, why=why, thing=f"past:{case_id}", call_id=row["last_call_id"],
        words="3 из 10: никто не перезвонил" if why == "low_score" else "", at=opened,
    )  # fmt: skip
    steps = [(opened, "open", "", why), (due if late or acted is None else None, "escalate", "", "")]
    steps += [(acted, "act", owner, "Позвонил и извинился"), (ended, "close", owner, cause)]
    for at, verb, by, words in steps:
        if at is not None:
            past.add("case_history", case_id=case_id, at=at, verb=verb, by_whom=by, words=words)
