"""How often a key may ask: one bucket a key, in this daemon's memory."""

from dataclasses import dataclass
from datetime import datetime

from crm_bridge.api.values.keys import ApiKey


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: datetime


class RateBuckets:
    """Token buckets that hold a minute's worth: a page that loads twenty things at once is not punished for it."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: ApiKey, now: datetime) -> float:
        """Take one request of ``key``; 0 if it may pass, else the seconds until it may.

        A clock that steps back fills nothing and takes nothing.
        """
        bucket = self._buckets.setdefault(key.key_id, _Bucket(key.per_minute, now))
        passed = max(0.0, (now - bucket.filled_at).total_seconds())
        bucket.tokens = min(float(key.per_minute), bucket.tokens + passed * key.per_minute / 60)
        bucket.filled_at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) * 60 / key.per_minute
        bucket.tokens -= 1
        return 0.0
