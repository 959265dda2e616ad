"""How often a key may ask, and how often somebody may try keys that are none: in this daemon's memory."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crm_bridge.api.values.keys import ApiKey

_WRONG_A_MINUTE: Final = 60
_MOST_ADDRESSES: Final = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: datetime

    def take(self, per_minute: int, now: datetime) -> float:
        """Take one; 0 if there was one, else the seconds until there is."""
        wait = self.wait(per_minute, now)
        if not wait:
            self.tokens -= 1
        return wait

    def wait(self, per_minute: int, now: datetime) -> float:
        """Fill it, and tell the seconds until there is one to take."""
        passed = max(0.0, (now - self.filled_at).total_seconds())
        self.tokens = min(float(per_minute), self.tokens + passed * per_minute / 60)
        self.filled_at = now
        return (1 - self.tokens) * 60 / per_minute if self.tokens < 1 else 0.0


class RateBuckets:
    """Token buckets that hold a minute's worth: a page that loads twenty things at once is not punished for it."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: ApiKey, now: datetime) -> float:
        """Take one request of ``key``; 0 if it may pass, else the seconds until it may.

        A clock that steps back fills nothing and takes nothing.
        """
        bucket = self._buckets.setdefault(key.key_id, _Bucket(key.per_minute, now))
        return bucket.take(key.per_minute, now)


class WrongKeys:
    """Counts, by address, keys that nobody has: a minute's worth may be tried at once."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, address: str, now: datetime) -> float:
        """Tell for how many seconds an address may not try; 0 if it may."""
        bucket = self._buckets.get(address)
        return bucket.wait(_WRONG_A_MINUTE, now) if bucket else 0.0

    def note(self, address: str, now: datetime) -> None:
        """Remember a wrong key; who was not heard of for longest is forgotten, if there are too many."""
        bucket = self._buckets.setdefault(address, _Bucket(_WRONG_A_MINUTE, now))
        self._buckets.move_to_end(address)
        bucket.take(_WRONG_A_MINUTE, now)
        if len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.popitem(last=False)
