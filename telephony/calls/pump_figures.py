"""What the pump counts, and says aloud when it changes."""

from dataclasses import dataclass, field
from time import monotonic

import structlog

from telephony.calls.spool import SpoolWrites
from telephony.errors import reason

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class PumpFigures:
    """Counts since the start, for metrics and health."""

    submitted: int = 0
    written: int = 0
    """Events that are committed."""
    repeated: int = 0
    """Of these, events that were known already."""
    shed: int = 0
    dead: int = 0
    waiting: int = 0
    """Events that are not committed yet."""
    on_disk: int = 0
    """Of these, events in the spool."""
    spooled: SpoolWrites = field(default_factory=SpoolWrites)
    """What went through the spool."""
    spool_trouble: str = ""
    """Why nothing can be spooled, or empty."""
    outage_since: float | None = None
    """`time.monotonic` of the first failure of the present outage."""

    def count_shed(self) -> None:
        """Count an event that was forgotten because memory's bound was reached."""
        self.shed += 1
        if self.shed.bit_count() == 1:  # 1, 2, 4, 8...: loud, but not a line an event
            why = self.spool_trouble or (
                "the database is away" if self.outage_since is not None else "too many at once"
            )
            _log.error("ledger.shedding", shed=self.shed, reason=why, cure="events_in_memory is reached")

    def outage_goes_on(self, error: Exception) -> None:
        """Note that the database was away for a batch."""
        if self.outage_since is None:
            self.outage_since = monotonic()
            _log.error("ledger.database_away", reason=reason(error), waiting=self.waiting)

    def outage_ends(self) -> None:
        """Note that the database took a batch."""
        if self.outage_since is not None:
            seconds = round(monotonic() - self.outage_since, 1)
            self.outage_since = None
            _log.info("ledger.database_back", away_seconds=seconds, waiting=self.waiting, shed=self.shed)
