"""``ringback hours``: open or closed, by which rule, and when that changes."""

import argparse
import sys
from datetime import datetime

from telephony.callback.commands import moment
from telephony.numbers import canonical
from telephony.schedule.assembly import calendars
from telephony.schedule.calendars import Answer, Calendars, Schedule
from telephony.settings import TelephonySettings


def run_hours(asked: argparse.Namespace, settings: TelephonySettings, now: datetime) -> None:
    """Print it for the company, or for one DID or group.

    Raises:
        ScheduleUnreadable: the hours, a day or a calendar file cannot be read.
        Refused: the time that was asked for cannot be read.
    """
    company = calendars(settings.hours, now.date())
    schedule = _asked_for(asked, company, settings.numbers.region)
    at = _moment(asked.at, now, schedule) if asked.at else now
    sys.stdout.write(told(schedule.explain(at), schedule.plan.timezone))


def _asked_for(asked: argparse.Namespace, company: Calendars, region: str) -> Schedule:
    if asked.did:
        return company.of_did(canonical(asked.did, region))
    return company.of_group(asked.group) if asked.group else company.general


def _moment(text: str, now: datetime, schedule: Schedule) -> datetime:
    """Read when, as orders about callbacks do; but here the past may be asked about."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return moment(text, now, schedule.zone)
    return at if at.tzinfo else at.replace(tzinfo=schedule.zone)


def told(answer: Answer, timezone: str) -> str:
    """Say an answer in lines for a person."""
    lines = [
        f"{_time(answer.at)} ({timezone}): {'open' if answer.open else 'closed'}",
        f"by      {answer.because}",
        f"{'closes' if answer.open else 'opens '}  {_time(answer.next_change if answer.open else answer.next_opening)}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _time(at: datetime | None) -> str:
    return f"{at:%a %Y-%m-%d %H:%M}" if at else "never"
