"""The company's calendars as they are now. Everybody holds the one `Almanac` and asks it anew each time.

A change makes new calendars and puts them in place of the old ones in one assignment: who has asked goes on with what
they got, and nobody ever sees half a change.
"""

from telephony.schedule.rules.assembly import NOTHING, Amendments, calendars
from telephony.schedule.rules.calendars import Calendars
from telephony.settings import HoursSettings


class Almanac:
    """Begins with what the settings tell.

    Raises:
        ScheduleUnreadable: something in the settings cannot be read.
    """

    def __init__(self, settings: HoursSettings, amendments: Amendments = NOTHING) -> None:
        self._settings = settings
        self._told = amendments
        self._calendars = calendars(settings, amendments)

    @property
    def calendars(self) -> Calendars:
        """Those of now."""
        return self._calendars

    @property
    def told(self) -> Amendments:
        """What they are made of besides the settings."""
        return self._told

    def retell(self, amendments: Amendments) -> bool:
        """Take what is told now in place of what was told before; say whether anything changed.

        Raises:
            ScheduleUnreadable: it cannot be read; everything stays as it was.
        """
        if amendments == self._told:
            return False
        self._calendars = calendars(self._settings, amendments)
        self._told = amendments
        return True
