"""The company of a seed: how rough its day is, its clock, its settings, its people."""

import asyncio
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from telephony.directory.csv_import import read_managers
from telephony.directory.model import CustomerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.numbers import Canonical
from telephony.postgres.pool import Pool
from telephony.settings import (
    CallbackSettings,
    HoursSettings,
    PbxSettings,
    PromiseSettings,
    TelephonySettings,
    TollSettings,
)
from tests.simulation.pbx import Pbx
from tests.simulation.people import Customer, Phone

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday."""
DID = "+380442000600"
_MANAGERS = """id,name,endpoint,mobile,language,group,deputy
ivan,Ivan,101,+380501110101,ru,sales,olena
olena,Olena,102,,uk,sales,maria
maria,Maria,103,,uk,sales,
petro,Petro,104,,uk,sales,ivan
anna,Anna,105,+380501110105,uk,sales,petro
oleh,Oleh,106,,uk,sales,
boss,Boss,107,,en,heads,
"""
_MORE = "".join(f"agent{nth},Agent {nth},{nth},,uk,sales,\n" for nth in range(108, 124))


_LARGE = 0.7


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a seed's company is, and how rough its day; drawn from it.

    In a large one a fault meets many callbacks, and idle turns are few: most of what is tried is tried there.
    """

    large: bool
    calls: int
    customers: int
    storm_seconds: float
    daemons: int
    kills: bool
    cuts: bool
    slow: bool
    steps: bool
    troubled: float
    pace: float
    restarts: bool
    mute: bool
    freezes: bool
    spool: bool
    away: bool
    cel: bool
    hunted: bool
    """Whether trouble is aimed at every other dial and talk."""

    @staticmethod
    def drawn(rng: random.Random) -> "Plan":
        large = rng.random() < _LARGE
        return Plan(
            large=large,
            calls=rng.randint(150, 300) if large else rng.randint(20, 60),
            customers=rng.randint(80, 250) if large else rng.randint(8, 30),
            storm_seconds=500.0 if large else rng.choice((500.0, 1000.0)),
            daemons=rng.choice((1, 1, 2)),
            kills=rng.random() < 0.7,
            cuts=rng.random() < 0.5,
            slow=rng.random() < 0.5,
            steps=rng.random() < 0.3,
            troubled=rng.choice((0.0, 0.05, 0.3)),
            pace=rng.choice((1.0, 10.0)),
            restarts=rng.random() < 0.4,
            mute=rng.random() < 0.2,
            freezes=rng.random() < 0.4,
            spool=rng.random() < 0.5,
            away=rng.random() < 0.5,
            cel=rng.random() < 0.5,
            hunted=rng.random() < 0.3,
        )


class Wall:
    """A clock that somebody may set."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self._furthest = timedelta()
        self.forwards = 0
        """How often it was set forward: after that nobody can tell any more that it was set back before."""

    def step(self, seconds: float) -> None:
        self.forwards += seconds > 0
        self.offset += timedelta(seconds=seconds)
        self._furthest = max(self._furthest, self.offset)

    def set_right(self) -> None:
        """Nobody waits for an hour that was set back: it is not before what it has been."""
        self.forwards += self.offset < self._furthest
        self.offset = self._furthest

    def __call__(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time()) + self.offset


def settings(*, large: bool) -> TelephonySettings:
    """An hour of a company in minutes: short rounds, short nights."""
    return TelephonySettings(
        pbx=(PbxSettings(name="pbx", trunks=("PJSIP/carrier-*",)),),
        toll=TollSettings(least_ring_seconds=0, range_day_cap=1_000_000, day_cap=1_000_000),
        hours=HoursSettings(timezone="UTC", schedule=_hours()),
        promise=PromiseSettings(slot_minutes=2, lead_minutes=1, round_minutes=1),
        callback=CallbackSettings(
            ring_seconds=25,
            deputy_after_seconds=20,
            group_after_seconds=45,
            head_after_seconds=70,
            target_seconds=90,
            again_seconds=15,
            next_round_seconds=(20, 60),
            later_seconds=120,
            customer_ring_seconds=20,
            customer_attempts=3,
            attempt_spacing_seconds=(45, 120),
            head_of_sales="boss",
            own_numbers=(DID,),
            originates_per_minute=120 if large else 20,
            poll_seconds=20,
        ),
    )


def _hours() -> str:
    return "Mo-Su " + ",".join(
        f"{hour:02}:00-{hour:02}:08,{hour:02}:15-{hour:02}:40,{hour:02}:45-{hour:02}:59" for hour in range(24)
    )


async def furnish(pool: Pool, pbx: Pbx, plan: Plan, rng: random.Random) -> None:
    """Write the directory, and give everybody in it a telephone."""
    directory = DirectoryStore(pool)
    managers = read_managers(_MANAGERS + _MORE * plan.large, "PJSIP")
    await directory.replace_managers(managers)
    for one in managers:
        number = one.endpoint.partition("/")[2]
        pbx.phones[one.endpoint] = Phone(one.endpoint, number, one.manager_id)
        if one.mobile:
            dialstring = f"PJSIP/{one.mobile}@carrier"
            pbx.phones[dialstring] = Phone(dialstring, one.mobile, one.manager_id)
    owned = []
    for nth in range(plan.customers):
        customer = Customer(f"+38067{1_000_000 + nth:07}", f"customer{nth}")
        pbx.customers[customer.number] = customer
        if rng.random() < 0.5:
            owner = rng.choice(managers).manager_id
            owned.append(CustomerEntry(Canonical(customer.number), customer.name, ManagerId(owner)))
    await directory.put_customers(owned)
