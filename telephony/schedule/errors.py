"""What can be wrong with a schedule."""

from telephony.errors import SettingsError


class ScheduleUnreadable(SettingsError):
    """The text is no schedule in OSM opening_hours syntax, or the time zone is unknown."""

    error_id = "schedule-unreadable"
