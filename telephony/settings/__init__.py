"""Every setting of the telephony side: its default, its check and its meaning in one place.

The reference in docs/settings.md is generated from these classes; a field's description is its documentation. Reading
the TOML file and the environment is `service.py`'s and `telephony.configuration`'s business.
"""

from pydantic import Field

from telephony.settings.callback import CallbackSettings, DndState, TollSettings, WakingHours
from telephony.settings.daemon import AuditSettings, DatabaseSettings, HttpSettings, LogSettings, Origin
from telephony.settings.fields import Port, Seconds, Section
from telephony.settings.hours import (
    CalendarSettings,
    CalendarUrl,
    DaySettings,
    HoursSettings,
    OwnHours,
    PromiseSettings,
)
from telephony.settings.pbx import DirectorySettings, NumberSettings, PbxSettings
from telephony.settings.recording import RecordingSettings, SharedFolder
from telephony.settings.survey import SurveySettings
from telephony.settings.voice import Spoken, VoiceSettings

__all__ = [
    "AuditSettings",
    "CalendarSettings",
    "CalendarUrl",
    "CallbackSettings",
    "DatabaseSettings",
    "DaySettings",
    "DirectorySettings",
    "DndState",
    "HoursSettings",
    "HttpSettings",
    "LogSettings",
    "NumberSettings",
    "Origin",
    "OwnHours",
    "PbxSettings",
    "Port",
    "PromiseSettings",
    "RecordingSettings",
    "Seconds",
    "Section",
    "SharedFolder",
    "Spoken",
    "SurveySettings",
    "TelephonySettings",
    "TollSettings",
    "VoiceSettings",
    "WakingHours",
]


class TelephonySettings(Section):
    """All of it."""

    pbx: tuple[PbxSettings, ...] = Field((PbxSettings(),), min_length=1, description="The PBXs.")
    database: DatabaseSettings = DatabaseSettings()
    numbers: NumberSettings = NumberSettings()
    recording: RecordingSettings = RecordingSettings()
    directory: DirectorySettings = DirectorySettings()
    hours: HoursSettings = HoursSettings()
    promise: PromiseSettings = PromiseSettings()
    callback: CallbackSettings = CallbackSettings()
    toll: TollSettings = TollSettings()
    voice: VoiceSettings = VoiceSettings()
    survey: SurveySettings = SurveySettings()
    http: HttpSettings = HttpSettings()
    audit: AuditSettings = AuditSettings()
    log: LogSettings = LogSettings()
