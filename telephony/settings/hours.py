"""Settings of working hours, of the calendars they know of, and of the times that are promised."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from telephony.settings.fields import Seconds, Section


def _calendar_url(secret: SecretStr) -> SecretStr:
    """Refuse what is no http(s) address, without repeating it: it may be a secret."""
    try:
        parts = urlsplit(secret.get_secret_value())
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        whole = False
    if not whole or parts.username or parts.password:
        raise ValueError("write it as https://host/path; who asks is told by `user` and `password`")
    return secret


CalendarUrl = Annotated[SecretStr, AfterValidator(_calendar_url)]


class DaySettings(Section):
    """Other hours on some days: a holiday, a shortened or a moved working day."""

    days: str = Field(description="`2026-12-25`, `12-25` for every year, or a span: `2026-12-31/2027-01-08`.")
    hours: str = Field("", description="The hours of those days: `10:00-14:00`; empty is closed.")
    note: str = Field("", max_length=80, description="What it is, for whoever asks why.")


class OwnHours(Section):
    """Hours of their own for some of our numbers, or some groups of managers."""

    names: tuple[str, ...] = Field(min_length=1, description="Globs over our numbers (or over groups).")
    schedule: str = Field("", description="Weekly hours in OSM syntax; empty is the general schedule.")
    timezone: str = Field("", description="Their IANA zone; empty is the general one.")
    days: tuple[DaySettings, ...] = Field((), description="Days of their own, over the general ones.")


class CalendarSettings(Section):
    """A calendar of closed days that is kept elsewhere: a public or secret iCalendar link, or a CalDAV collection."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$", description="Names it in explanations and in the log.")
    url: CalendarUrl = Field(description="`https://...`, as it may be a secret, never shown.")
    url_file: Path | None = Field(None, description="A file that holds the address, instead of `url`.")
    user: str = Field("", max_length=200, description="Who asks, if it wants to know (Basic auth); use https then.")
    password: SecretStr = Field(SecretStr(""), description="Their password, better one for this application only.")
    password_file: Path | None = Field(None, description="A file that holds it, instead of `password`.")
    refresh_minutes: float = Field(15, ge=0.05, le=1440, description="How often it is asked again.")
    seconds: Seconds = Field(20, gt=0, le=60, description="The longest wait for its answer.")


class HoursSettings(Section):
    """When we work. Of two rules for a day the later told wins: week, calendars, days, own days (docs/promises.md)."""

    timezone: str = Field("Europe/Kyiv", description="IANA zone of the schedule and of all spoken times.")
    schedule: str = Field("Mo-Fr 09:00-18:00", description="Weekly hours in OSM opening_hours syntax.")
    closed_days_files: tuple[Path, ...] = Field((), description="iCalendar files: each all-day event is a closed day.")
    calendars: tuple[CalendarSettings, ...] = Field((), description="The same, asked over HTTP or CalDAV.")
    look_seconds: Seconds = Field(
        10, gt=0, description="How often files and the API's days are looked at; news of the API are heard at once."
    )
    days: tuple[DaySettings, ...] = Field((), description="Holidays, shortened and moved days.")
    dids: tuple[OwnHours, ...] = Field(
        (), description="Our numbers that have hours of their own; the first fit counts."
    )
    groups: tuple[OwnHours, ...] = Field((), description="Groups that have hours of their own; the first fit counts.")

    @model_validator(mode="after")
    def _named_apart(self) -> Self:
        names = [one.name for one in self.calendars]
        if len(set(names)) != len(names):
            raise ValueError("two calendars have one name")
        return self


class PromiseSettings(Section):
    """The time that a caller is told."""

    slot_minutes: int = Field(5, ge=1, le=120, description="One callback in so many minutes for each manager or group.")
    lead_minutes: int = Field(5, ge=0, le=240, description="The first slot begins so long after opening, or from now.")
    round_minutes: int = Field(5, ge=1, le=60, description="Promised times are rounded up to so many, for the ear.")
    horizon_days: int = Field(30, ge=1, le=365, description="Nothing is promised beyond.")
