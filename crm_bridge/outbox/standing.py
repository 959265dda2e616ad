"""How each target stands, so that somebody notices: for /metrics, /healthz and the log.

An integration that stopped and that nobody noticed is worse than none. Every quarter of a minute the outbox is counted:
what waits for whom since when, what died, and who does not let us in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from crm_bridge.outbox.store import OutboxStore, Standing
from telephony.ports import Clock
from telephony.postgres.patience import Patience

_log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 15.0
_LATE: Final = timedelta(hours=1)
"""What waits longer is worth a look: a backlog after a night leaves within the hour."""


class Trouble(NamedTuple):
    """What is wrong with a target, in words."""

    target: str
    words: str


def troubles(standings: Sequence[Standing], now: datetime) -> list[Trouble]:
    """Return which targets need somebody."""
    found: list[Trouble] = []
    for standing in standings:
        if standing.locked_out:
            found.append(Trouble(standing.target, f"does not let us in: {standing.why}"))
        elif standing.oldest_at is not None and now - standing.oldest_at > _LATE:
            hours = (now - standing.oldest_at) / timedelta(hours=1)
            found.append(Trouble(standing.target, f"{standing.waiting} messages wait, the oldest for {hours:.0f} h"))
    return found


class OutboxWatch(Collector):
    """Counts the outbox as a task, and gives the last counts to whoever asks.

    Args:
        store: the outbox.
        targets: those that the settings name; others' rows are of settings of old.
        clock: now.
        aside: by target, how many answers the dispatcher could not write.
    """

    def __init__(
        self, store: OutboxStore, targets: Iterable[str], clock: Clock, aside: Callable[[], Mapping[str, int]]
    ) -> None:
        self._store = store
        self._targets = frozenset(targets)
        self._clock = clock
        self._aside = aside
        self._standings: list[Standing] = []
        self._told: dict[str, str] = {}
        self._dead: dict[str, int] = {}

    async def run(self) -> None:
        """Count until cancelled; a database that is away is waited for."""
        await Patience("outbox standing").every(_EVERY_SECONDS, self.look)

    async def look(self) -> None:
        """Count once, and say once what has begun and what is over."""
        self._standings = [each for each in await self._store.standings() if each.target in self._targets]
        found = {trouble.target: trouble.words for trouble in troubles(self._standings, self._clock())}
        for target, words in found.items():
            if target not in self._told:
                _log.error("outbox.target_in_trouble", target=target, reason=words, cure="ringback crm status")
        for target in self._told.keys() - found.keys():
            _log.info("outbox.target_well", target=target)
        self._told = found
        for standing in self._standings:
            if standing.dead > self._dead.get(standing.target, 0):
                _log.error(
                    "outbox.dead_letters", target=standing.target, dead=standing.dead, cure="ringback crm status"
                )
        self._dead = {standing.target: standing.dead for standing in self._standings}

    def health(self) -> tuple[bool, str]:
        """Return whether all targets are well, in a few words."""
        answer = [f"{target}: {trouble}" for target, trouble in self._told.items()]
        answer += [
            f"{target}: {count} answers could not be written, see the log (outbox.answer_set_aside)"
            for target, count in self._aside().items()
            if count
        ]
        dead = sum(self._dead.values())
        counted = f"{sum(each.waiting for each in self._standings)} messages wait, {dead} dead letters"
        return not answer, "; ".join(answer) or counted

    def collect(self) -> Iterable[Metric]:
        """Return the last counts; called by prometheus-client."""
        now = self._clock()
        waiting = GaugeMetricFamily(
            "ringback_outbox_waiting", "Messages that are not delivered yet.", labels=["target"]
        )
        dead = GaugeMetricFamily("ringback_outbox_dead", "Dead letters.", labels=["target"])
        oldest = GaugeMetricFamily(
            "ringback_outbox_oldest_seconds", "How long the oldest message has waited.", labels=["target"]
        )
        locked = GaugeMetricFamily(
            "ringback_outbox_locked_out", "1 while the target does not let us in.", labels=["target"]
        )
        aside = GaugeMetricFamily(
            "ringback_outbox_set_aside",
            "Answers that could not be written: their messages go out again after a restart.",
            labels=["target"],
        )
        set_aside = self._aside()
        by_target = {each.target: each for each in self._standings}
        for target in sorted(self._targets):
            each = by_target.get(target) or Standing(target, 0, 0, None, 0, "")
            waiting.add_metric([target], each.waiting)
            dead.add_metric([target], each.dead)
            oldest.add_metric([target], (now - each.oldest_at).total_seconds() if each.oldest_at else 0.0)
            locked.add_metric([target], float(each.locked_out > 0))
            aside.add_metric([target], set_aside.get(target, 0))
        yield from (waiting, dead, oldest, locked, aside)
