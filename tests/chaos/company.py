"""The company under attack: its settings, its dialplan, its people, and those who call it."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple

from deploy.lab.company import TRUNK, TRUNK_GLOB, Did
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Lab
from deploy.lab.programs.find import program
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script, answers, busy, listens, never_answers, talks

CLOSED: Final = "+380442000698"
"""Closed for two of five minutes."""
DIALPLAN: Final = f"""
[scratch]
exten => s,1,Ringing()
 same => n,Wait(60)

[from-trunk-first]
exten => {CLOSED},1,Gosub(ringback-inbound,s,1)
 same => n,Goto(ringback-closed,s,1)
"""
MANAGERS: Final = """id,name,endpoint,mobile,language,group,deputy
ivan,Іван,101,+380501110101,ru,sales,olena
olena,Olena,102,,uk,sales,
maria,Марія,103,,uk,sales,
boss,Ганна,106,,uk,heads,
"""
REACHED_SECONDS: Final = 1.5
_CALLBACK: Final = {
    "ring_seconds": 5,
    "deputy_after_seconds": 5,
    "group_after_seconds": 8,
    "head_after_seconds": 15,
    "again_seconds": 3,
    "later_seconds": 3,
    "customer_ring_seconds": 4,
    "attempt_spacing_seconds": [3, 3, 3],
    "next_round_seconds": [3],
    "reached_seconds": REACHED_SECONDS,
    "head_of_sales": "boss",
    "poll_seconds": 1,
    "originates_per_minute": 1000,
}


class Addresses(NamedTuple):
    """Where the daemon finds what is behind doors."""

    ami: int
    dsn: str
    webhook: int
    crm: int
    http: int
    agi: int


def write_settings(lab: Lab, file: Path, folder: Path, recordings: Path, at: Addresses) -> None:
    """Write the daemon's settings."""
    speaks = [program("espeak-ng"), "-v", "{voice}", "-s", "400", "--stdin", "--stdout"]
    callback = "\n".join(f"{name} = {json.dumps(value)}" for name, value in _CALLBACK.items())
    opens = ",".join(
        f"{hour:02}:{minute:02}-{hour:02}:{minute + 3:02}" for hour in range(24) for minute in range(0, 60, 5)
    )
    file.write_text(f"""
[[pbx]]
name = "office"
port = {at.ami}
secret = "{lab.pbx.ami_secret}"
trunks = ["{TRUNK_GLOB}"]
ping_seconds = 2
pong_seconds = 2
retry_first_seconds = 0.2
retry_cap_seconds = 2
cel_file = "{lab.pbx.cel_file}"
[database]
dsn = "{at.dsn}"
folder = "{folder}/pg"
spool_folder = "{folder}/spool/events"
[recording]
folder = "{recordings}"
pbx_folder = "{lab.pbx.recordings}/ringback"
shared = [{{ there = "{lab.pbx.recordings}", here = "{lab.pbx.recordings}" }}]
disk_floor_megabytes = 4
disk_floor_percent = 0
disk_look_seconds = 2
[hours]
schedule = "24/7"
[[hours.dids]]
names = ["{CLOSED.removeprefix("+")}", "{CLOSED}"]
schedule = "{opens}"
[promise]
slot_minutes = 1
lead_minutes = 0
round_minutes = 1
[toll]
least_ring_seconds = 0
range_day_cap = 1000000
day_cap = 1000000
[voice]
port = {at.agi}
folder = "{folder}/prompts"
language = "en"
key_seconds = 0.5
trunk = "PJSIP/{TRUNK}"
tts_command = {json.dumps(speaks)}
[http]
port = {at.http}
[callback]
own_numbers = {json.dumps([*map(str, Did), CLOSED])}
{callback}
[[webhooks]]
name = "shop"
url = "http://127.0.0.1:{at.webhook}/hook"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
private = true
seconds = 5
[crm.bitrix24]
url = "http://127.0.0.1:{at.crm}/rest/1/secret"
per_second = 20
[crm.bitrix24.users]
101 = "1"
102 = "2"
103 = "3"
[log]
json_lines = true
""")


def _manager() -> Script:
    """Answers, presses 1 (a caller does not mind), and talks to whoever comes until they hang up."""

    async def script(leg: Leg) -> None:
        await leg.ring(0.3)
        await leg.answer(record=False)
        for pause in (1.0, 3.0, 4.0):
            await leg.listen(pause)
            await leg.press("1")
        await leg.talk(40)
        await leg.hangup()

    return script


class Callers:
    """Those who call: each a number of their own, so that who was rung how often can be counted."""

    def __init__(self, lab: Lab, chance: random.Random) -> None:
        self._lab = lab
        self._chance = chance
        self._numbers = iter(range(1_000_000, 9_999_999))
        self._tasks: set[asyncio.Task[None]] = set()
        self.made = 0
        self.customers: dict[str, int] = {}
        """Numbers that were missed once and called nothing else, and how many calls they made."""
        for extension in ("101", "102", "103", "106"):
            lab.world.phone(extension).behaviour(_manager())

    async def come(self, rate: float, until: asyncio.Event) -> None:
        """Let ``rate`` of them call a second, at random moments."""
        while not until.is_set():
            await asyncio.sleep(self._chance.expovariate(rate))
            what: Callable[[str], Awaitable[None]] = self._chance.choices(
                [self._talks, self._missed, self._closed, self._called, self._again], [4, 4, 1, 1.5, 1]
            )[0]
            number = f"+38067{next(self._numbers)}"
            self.made += 1
            task = asyncio.create_task(self._one(what, number), name=f"caller {number}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def over(self, timeout_seconds: float) -> None:
        """Wait until none is at it any more."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_seconds)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _one(self, what: Callable[[str], Awaitable[None]], number: str) -> None:
        chance = self._chance
        self._lab.world.phone(number).behaviour(
            chance.choices(
                [answers(0.3, chance.uniform(3, 9)), never_answers(), busy(), answers(0.2, 0.4)], [7, 1.5, 1, 0.5]
            )[0]
        )
        try:
            async with asyncio.timeout(90):
                await what(number)
        except (LabError, OSError, TimeoutError):
            return  # the PBX was gone: a caller hears nothing and tries elsewhere

    async def _talks(self, number: str) -> None:
        did = self._chance.choice([Did.IVAN, Did.OLENA, Did.GROUP, Did.QUEUE])
        leg = await self._lab.world.call(number, did, script=talks(self._chance.uniform(2, 10)))
        await leg.gone()

    async def _missed(self, number: str) -> None:
        self.customers[number] = 1
        leg = await self._lab.world.call(number, Did.SCRATCH, name="Anna")
        async with asyncio.timeout(5):
            await leg.trace.ringing.wait()
        await asyncio.sleep(self._chance.uniform(0.3, 2))
        await self._lab.world.hang_up(leg)

    async def _closed(self, number: str) -> None:
        leg = await self._lab.world.call(number, CLOSED, script=listens(self._chance.uniform(3, 20)))
        await leg.gone()

    async def _called(self, number: str) -> None:
        extension = self._chance.choice(["104", "105"])
        leg = await self._lab.world.phone(extension).call(number, script=talks())
        await leg.gone()

    async def _again(self, number: str) -> None:
        """Missed, and a moment later they get through."""
        await self._missed(number)
        del self.customers[number]
        await asyncio.sleep(self._chance.uniform(0.5, 6))
        await self._talks(number)
