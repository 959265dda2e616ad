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

    def __init__(self, settings: HoursSettings, told: Amendments = NOTHING) -> None:
        self._settings = settings
        self._told = told
        self._calendars = calendars(settings, told)

    @property
    def calendars(self) -> Calendars:
        """Those of now."""
        return self._calendars

    @property
    def told(self) -> Amendments:
        """What they are made of besides the settings."""
        return self._told

    def retell(self, told: Amendments) -> bool:
        """Take what is told now in place of what was told before; say whether anything changed.

        Raises:
            ScheduleUnreadable: it cannot be read; everything stays as it was.
        """
        if told == self._told:
            return False
        self._calendars = calendars(self._settings, told)
        self._told = told
        return True
