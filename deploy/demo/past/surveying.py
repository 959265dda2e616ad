"""What the past's customers said when they were asked by phone: rows as the dialler and the talk leave them."""

import random
from datetime import datetime, timedelta
from typing import Final

from telephony.postgres.pool import Pool

_SURVEYS: Final = 60
_CUSTOMERS: Final = """
SELECT customer, max(caller_name) AS name, max(did) AS did, max(started_at) AS talked_at FROM calls
WHERE direction = 'inbound' AND disposition = 'answered' AND customer <> '' AND started_at < $1
GROUP BY customer ORDER BY customer LIMIT $2
"""
_ENDS: Final = (
    ("finished", 11),
    ("hung_up", 2),
    ("no_consent", 3),
    ("refused", 2),
    ("not_reached", 5),
    ("never_again", 1),
)
_SCORES: Final = (10, 10, 10, 9, 9, 9, 8, 8, 7, 6, 5, 3)
_INSERT: Final = """
INSERT INTO surveys (pbx, customer, name, did, because, anchor_at, planned_at, not_before, expires_at, state, tries,
    channel_id, rang_at, answered_at, consented_at, score, ended_at, ended_for)
VALUES ('pbx', $1, $2, $3, $4, $5, $6, $6, $6, 'over', $7, $8, $6, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING
"""


async def survey_past(pool: Pool, now: datetime, dice: random.Random) -> int:
    """Have some of the customers asked who talked before today; return how many were."""
    rows = await pool.fetch(_CUSTOMERS, now - timedelta(days=1), _SURVEYS)
    ends, weights = zip(*_ENDS, strict=True)
    for place, row in enumerate(rows):
        end = dice.choices(ends, weights)[0]
        rang_at = now - timedelta(days=dice.uniform(0.2, 28))
        answered_at = None if end == "not_reached" else rang_at + timedelta(seconds=9)
        agreed = end in {"finished", "hung_up"}
        score = dice.choice(_SCORES) if agreed else None
        await pool.execute(
            _INSERT,
            row["customer"],
            row["name"],
            row["did"],
            dice.choice(("first_call", "sale")),
            row["talked_at"],
            rang_at,
            2 if end == "not_reached" else 1,
            f"rb-survey-past-{place}",
            answered_at,
            answered_at if agreed else None,
            score,
            rang_at + timedelta(seconds=75),
            end,
        )
    return len(rows)
