"""A small company that rings back: the whole daemon in this process, a real Asterisk, seconds in place of minutes."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deploy.lab.company import TRUNK, TRUNK_GLOB, Did
from deploy.lab.laboratory import Lab
from deploy.lab.ports import free_port
from deploy.lab.programs.find import program
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script
from telephony.callback.assembly import Callbacks
from telephony.callback.operations import Whole
from telephony.callback.policy.model import Attempt, Request
from telephony.callback.rows import attempt_from, request_from
from telephony.daemon.application import Application, now
from telephony.daemon.plugins import Plugins, Services
from telephony.daemon.supervisor import Supervisor
from telephony.directory.csv_import import read_managers
from telephony.directory.model import CustomerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.numbers import Canonical
from telephony.ports import Clock
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool
from telephony.settings import (
    CallbackSettings,
    DatabaseSettings,
    HoursSettings,
    HttpSettings,
    LogSettings,
    PbxSettings,
    RecordingSettings,
    SharedFolder,
    TelephonySettings,
    TollSettings,
    VoiceSettings,
)
from tests.waiting import PATIENCE

ANNA = "+380671234567"
WAITING = """
[scratch]
exten => s,1,Ringing()
 same => n,Wait(60)
"""
"""Where nobody answers: the caller gives up."""
MANAGERS = """id,name,endpoint,mobile,language,group,deputy
ivan,Іван,101,+380501110101,ru,sales,olena
olena,Olena,102,,uk,sales,
maria,Марія,103,,uk,sales,
boss,Ганна,106,,uk,heads,
"""
SECONDS = {
    "ring_seconds": 4,
    "deputy_after_seconds": 6,
    "group_after_seconds": 12,
    "head_after_seconds": 18,
    "target_seconds": 24,
    "again_seconds": 3,
    "later_seconds": 3,
    "customer_ring_seconds": 3,
    "attempt_spacing_seconds": (2, 2, 2),
    "next_round_seconds": (2,),
    "reached_seconds": 1.5,
    "head_of_sales": "boss",
    "own_numbers": tuple(Did),
    "poll_seconds": 1,
}


def presses(key: str, after: float = 1.0) -> Script:
    """Pick up, listen, press a key - and again when nothing happens, as people do - and talk to whoever comes."""

    async def script(leg: Leg) -> None:
        await leg.ring(0.1)
        await leg.answer()
        for pause in (after, 3.0):
            await leg.listen(pause)
            await leg.press(key)
        await leg.talk()

    return script


def rings_long_then_presses(key: str, rings: float = 3) -> Script:
    """Let it ring for some seconds, pick up, press; again when nothing happens."""

    async def script(leg: Leg) -> None:
        await leg.ring(rings)
        await leg.answer()
        for pause in (1.5, 3.0):
            await leg.listen(pause)
            await leg.press(key)
        await leg.talk()

    return script


def rings_until(time_has_come: asyncio.Event, key: str) -> Script:
    """Let it ring until then, pick up, press; again when nothing happens."""

    async def script(leg: Leg) -> None:
        await leg.ring(0.1)
        await time_has_come.wait()
        await rings_long_then_presses(key, rings=0.1)(leg)

    return script


@contextmanager
def suppress_outages() -> Iterator[None]:
    """A database that is away is asked again."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise


class Ledger:
    """What the database knows of callbacks."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def own(self, manager: str, number: str = ANNA, name: str = "Ромашка") -> None:
        """Make somebody the customer's manager."""
        await DirectoryStore(self.pool).put_customers([CustomerEntry(Canonical(number), name, ManagerId(manager))])

    async def requests(self) -> list[Request]:
        rows = await self.pool.fetch("SELECT * FROM callback_requests ORDER BY request_id")
        return [request_from(row) for row in rows]

    async def request(self) -> Request:
        """The newest request."""
        return (await self.requests())[-1]

    async def attempts(self) -> list[Attempt]:
        rows = await self.pool.fetch("SELECT * FROM callback_attempts ORDER BY attempt_key")
        return [attempt_from(row) for row in rows]

    async def becomes(self, holds: Callable[[Request], bool], seconds: float = PATIENCE) -> Request:
        """Wait until the newest request is so."""

        async def found() -> Request | None:
            requests = await self.requests()
            return requests[-1] if requests and holds(requests[-1]) else None

        request: Request = await self.until(found, seconds)
        return request

    async def until(self, found: Callable[[], Awaitable[Any]], seconds: float = PATIENCE) -> Any:  # noqa: ANN401
        """Ask the database until it gives something."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    with suppress_outages():
                        if value := await found():
                            return value
                    await asyncio.sleep(0.05)
        except TimeoutError:
            rows = [str(one) for one in (*await self.requests(), *await self.attempts())]
            raise AssertionError("never; it is\n" + "\n".join(rows)) from None

    async def closed(self, seconds: float = PATIENCE) -> Request:
        """Wait until the newest request is closed."""
        return await self.becomes(lambda request: not request.is_open, seconds)


class Company(Ledger):
    """The lab, the daemon on it, and what a test needs of both."""

    def __init__(
        self, lab: Lab, house: Application, supervisor: Supervisor, pool: Pool, services: Sequence[Services]
    ) -> None:
        super().__init__(pool)
        self.lab = lab
        self.services = services
        """What the daemon gave to those who plugged themselves in: one."""
        self.house = house
        self.supervisor = supervisor

    async def missed(self, number: str = ANNA, name: str = "Anna", *, rings: float = 0.3) -> Leg:
        """A customer calls, hears it ring, and gives up."""
        leg = await self.lab.world.call(number, Did.SCRATCH, name=name)
        async with asyncio.timeout(PATIENCE):
            await leg.trace.ringing.wait()
        await asyncio.sleep(rings)
        await self.lab.world.hang_up(leg)
        return leg

    def phone(self, number: str, script: Script) -> None:
        """Say what a telephone does with calls from now on."""
        self.lab.world.phone(number).behaviour(script)

    async def rings(self, number: str, times: int = 1, timeout_seconds: float = PATIENCE) -> Leg:
        """Return the ``times``-th call that reached a telephone, when it rings."""
        leg = await self.lab.world.phone(number).rings(times, timeout_seconds)
        async with asyncio.timeout(PATIENCE):
            await leg.trace.ringing.wait()
        return leg

    def legs(self, number: str) -> list[Leg]:
        """Every call that reached a telephone."""
        return self.lab.world.phone(number).legs

    async def whole(self) -> Whole:
        operations = Callbacks(self.pool, self.house.settings, now).operations
        return await operations.show((await self.request()).request_id)

    async def quiet(self) -> None:
        """End every call that is still up."""
        for leg in list(self.lab.world.legs):
            await self.lab.world.hang_up(leg)
        await self.lab.idle()


def settings_for(lab: Lab, dsn: str, folder: Path, agi_port: int, **callback: object) -> TelephonySettings:
    """The daemon's settings for a lab."""
    return TelephonySettings(
        pbx=(
            PbxSettings(
                name="office",
                port=lab.pbx.ami_port,
                username=lab.pbx.ami_user,
                secret=SecretStr(lab.pbx.ami_secret),
                trunks=(TRUNK_GLOB,),
                retry_first_seconds=0.1,
                retry_cap_seconds=0.3,
            ),
        ),
        database=DatabaseSettings(dsn=SecretStr(dsn), spool_folder=folder / "spool"),
        recording=RecordingSettings(
            folder=folder / "kept",
            pbx_folder=str(lab.pbx.recordings / "ringback"),
            shared=(SharedFolder(there=str(lab.pbx.recordings), here=lab.pbx.recordings),),
            settle_seconds=0.2,
            disk_floor_megabytes=1,
            disk_floor_percent=0,
        ),
        hours=HoursSettings(schedule="24/7", timezone="Europe/Kyiv"),
        callback=CallbackSettings.model_validate({**SECONDS, **callback}),
        toll=TollSettings(least_ring_seconds=0),
        voice=VoiceSettings(
            port=agi_port,
            folder=folder / "prompts",
            language="en",
            key_seconds=0.5,
            trunk=f"PJSIP/{TRUNK}",
            tts_command=(program("espeak-ng"), "-v", "{voice}", "-s", "400", "--stdin", "--stdout"),
        ),
        http=HttpSettings(port=free_port()),
        log=LogSettings(level="warning"),
    )


async def open_company(
    lab: Lab, settings: TelephonySettings, *, clock: Clock = now, extras: Plugins | None = None, away: bool = False
) -> Company:
    """Start the daemon; close it by `close_company`. ``away``: its database is not there."""
    house, supervisor = Application(settings, clock=clock), Supervisor()
    pool = await house.open_database(supervisor)
    if not away:
        await house.database.door.opened.wait()
        await DirectoryStore(pool).replace_managers(read_managers(MANAGERS, "PJSIP"))
    given: list[Services] = []
    plugins = extras or Plugins()
    open_others = plugins.services

    def opened(services: Services) -> None:
        given.append(services)
        open_others(services)

    plugins.services = opened
    await house.start(supervisor, pool, plugins)
    company = Company(lab, house, supervisor, pool, given)
    async with asyncio.timeout(PATIENCE):
        await house.sessions[0].link.synced.wait()
    return company


async def close_company(company: Company) -> None:
    """Hang up, stop the daemon, and see that the world found nothing wrong."""
    await company.quiet()
    await company.supervisor.close(within_seconds=4)
    company.lab.world.check()
    company.lab.world.forget()


def write_config(
    lab: Lab,
    folder: Path,
    agi_port: int,
    dsn: str,
    file: Path,
    *,
    ami_port: int = 0,
    pbx_more: str | None = None,
    **callback: object,
) -> Path:
    """The settings of `settings_for` as a file; ``ami_port`` if AMI is reached through a door.

    ``pbx_more``: lines of the PBX's section in place of ``cel_file``.
    """
    speaks = [program("espeak-ng"), "-v", "{voice}", "-s", "400", "--stdin", "--stdout"]
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in {**SECONDS, **callback}.items())
    file.write_text(f"""
[[pbx]]
name = "office"
port = {ami_port or lab.pbx.ami_port}
secret = "{lab.pbx.ami_secret}"
trunks = ["{TRUNK_GLOB}"]
retry_first_seconds = 0.1
retry_cap_seconds = 0.3
{f'cel_file = "{lab.pbx.cel_file}"' if pbx_more is None else pbx_more}
[database]
dsn = "{dsn}"
spool_folder = "{folder}/spool"
[recording]
folder = "{folder}/kept"
pbx_folder = "{lab.pbx.recordings}/ringback"
shared = [{{ there = "{lab.pbx.recordings}", here = "{lab.pbx.recordings}" }}]
disk_floor_megabytes = 1
disk_floor_percent = 0
[hours]
schedule = "24/7"
[voice]
port = {agi_port}
folder = "{folder}/prompts"
language = "en"
key_seconds = 0.5
trunk = "PJSIP/{TRUNK}"
tts_command = {json.dumps(speaks)}
[toll]
least_ring_seconds = 0
[http]
port = {free_port()}
[callback]
{lines}
""")
    return file
