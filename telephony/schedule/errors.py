"""What can be wrong with a schedule."""

from telephony.errors import NotReady, Refused, SettingsError


class ScheduleUnreadable(SettingsError):
    """The text is no schedule in OSM opening_hours syntax, or the time zone is unknown."""

    error_id = "schedule-unreadable"


class CalendarAway(NotReady):
    """A calendar's server does not answer, or not with a calendar: its last good copy counts on."""

    error_id = "calendar-away"


class TooManyDays(Refused):
    """So many days are told that asking the calendar would become slow."""

    error_id = "too-many-days"
