"""Whether the ledger has what the PBX told, or wrote down while nobody listened: before that nobody is dialled.

After an outage the ledger speaks of the past: who has meanwhile called again and got through is in the pump's backlog,
or in a CEL file that is just being read. A callback that is decided before that is written may ring a customer who was
reached minutes ago. So the engine decides nothing for a PBX that is not in step; what cannot be brought in step within
a minute does not hold callbacks up for longer: it is logged, and they go on by what is known.
"""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, Protocol

import structlog

from telephony.calls.pump_figures import PumpFigures
from telephony.model import PbxName

_log = structlog.get_logger(__name__)

_LONGEST_WAIT: Final = 60.0


class _Backfill(Protocol):
    @property
    def caught_up(self) -> bool: ...


class LedgerInStep:
    """Asked by the callback engine, before it decides.

    Args:
        figures: the pump's, as they are now.
        backfills: of each PBX with a CEL file: whether it has been read since the link came up.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        figures: Callable[[], PumpFigures],
        backfills: Mapping[PbxName, _Backfill],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._figures = figures
        self._backfills = backfills
        self._clock = clock
        self._submitted = 0
        """How many events there were when it was asked the last time."""
        self._behind: dict[PbxName, float] = {}
        self._told: set[PbxName] = set()

    def __call__(self, pbx: PbxName) -> bool:
        """Return whether decisions about this PBX's customers may be made now."""
        backfill = self._backfills.get(pbx)
        if self._pump_follows() and (backfill is None or backfill.caught_up):
            self._behind.pop(pbx, None)
            self._told.discard(pbx)
            return True
        since = self._behind.setdefault(pbx, self._clock())
        if self._clock() - since < _LONGEST_WAIT:
            return False
        if pbx not in self._told:
            self._told.add(pbx)
            _log.warning("callback.ledger_behind", pbx=pbx, waited_seconds=_LONGEST_WAIT)
        return True

    def _pump_follows(self) -> bool:
        """Return whether all that there was at the last question is written now: a queue that moves is no backlog."""
        figures = self._figures()
        before, self._submitted = self._submitted, figures.submitted
        return figures.submitted - figures.waiting >= before
