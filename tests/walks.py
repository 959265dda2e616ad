"""How many files of the product five things pass on their way through a running daemon, counted while they go.

    python -m tests.walks [--files]

The daemon is wired as ``ringback run`` does it, on a real PostgreSQL; the PBX and the CRM are small real servers. A
file is on the way if a function of it ran, in a task that the way leads through, that does not run while the daemon is
at rest. Who listens in (the recorder, sums, notices, live pages) counts; what only holds values is not seen.
"""

import asyncio
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Final

import aiohttp

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.values.keys import Scope
from deploy.lab.ports import free_port
from service import Settings, _wire
from telephony.daemon.application import Application
from telephony.daemon.logs import set_up
from telephony.daemon.plugins import Plugins
from telephony.daemon.supervisor import Supervisor
from telephony.directory.csv_import import read_managers
from telephony.directory.store import DirectoryStore
from telephony.settings import LogSettings
from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.telephony.ami.fake_pbx import Action, FakePbx, block, channel_event
from tests.own_server import own_server
from tests.stories import story
from tests.waiting import until

ROOT: Final = Path(__file__).parents[1]
PRODUCT: Final = ("telephony/", "crm_bridge/", "service.py")
_REST_SECONDS: Final = 12.0
_SETTLE_SECONDS: Final = 3.0
_MANAGERS: Final = "id,name,endpoint,group\nivan,Ivan,101,sales\n"
WALKS: Final = {
    "one event, from bytes to the committed row": "|ledger pump",
    "one miss, from its event to the ringing phone": "ledger pump|callback engine|callback-ring",
    "one API request": "|Task-(?!1$).*",
    "one CRM message, from the outbox to the CRM": "outbox amocrm.*",
    "one night caller, from the first AGI line to the last": "agi-.*|speak-.*|tts-.*",
}
"""Each way, and the names of the tasks that it leads through."""


@dataclass(slots=True)
class Footprints:
    """The functions of the product that ran: their file and name."""

    seen: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    """By the name of the task that they ran in; a call back from the loop itself has none."""

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Take one call in; a profile function."""
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT)):
            task = asyncio.current_task()
            self.seen[task.get_name() if task else ""].add((frame.f_code.co_filename, frame.f_code.co_qualname))

    async def of(self, walk: Callable[[], Awaitable[object]], tasks: str = "(?!Task-1$).*") -> set[tuple[str, str]]:
        """Return what of the product ran during something, in tasks of such names; others do something else."""
        self.seen.clear()
        sys.setprofile(self)
        try:
            await walk()
        finally:
            sys.setprofile(None)
        ran = {place for task, places in self.seen.items() if re.fullmatch(tasks, task) for place in places}
        found = {(Path(file).relative_to(ROOT).as_posix(), name) for file, name in ran}
        return {(file, name) for file, name in found if file.startswith(PRODUCT) and name != "<module>"}


@dataclass(slots=True)
class _Daemon:
    application: Application
    pbx: FakePbx
    account: FakeAmo
    folder: Path
    url: str
    voice_port: int
    key: str = ""

    def _row(self, query: str) -> Callable[[], Awaitable[object]]:
        pool = self.application.pool
        assert pool is not None
        return lambda: pool.fetchval(query)

    async def event(self) -> None:
        self.pbx.say(channel_event("1795298174.1", caller="Olena"))
        await until(self._row("SELECT true FROM calls"))

    async def miss(self) -> None:
        for event in story(1, missed=True, at=datetime.now(UTC) - timedelta(seconds=30)):
            self.application._submit(event)  # noqa: SLF001 - as the link does
        await until(lambda: any(action["Action"] == "Originate" for action in self.pbx.actions))

    async def request(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/api/v1/calls", headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    async def message(self) -> None:
        """The call's end, as the outbox has it, to the call in the CRM."""
        before = len(self.account.calls())
        for event in story(2, at=datetime.now(UTC) - timedelta(seconds=90)):
            self.application._submit(event)  # noqa: SLF001 - as the link does
        await until(lambda: len(self.account.calls()) > before)

    async def night_caller(self) -> None:
        self.pbx.channels.append("1795298199.7")
        self.pbx.say(channel_event("1795298199.7"))
        await until(lambda: len(self.application.sessions[0].tracker.calls_in_progress()) > 1)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.voice_port)
        told = {
            "network": "yes",
            "network_script": "closed",
            "channel": "PJSIP/1795298199.7",
            "uniqueid": "1795298199.7",
            "callerid": "unknown",
        }
        writer.write("".join(f"agi_{name}: {value}\n" for name, value in told.items()).encode() + b"\n")
        while line := await reader.readline():
            keyed = b"0671234567" if b"GET DATA" in line else b"0"
            writer.write(b"200 result=" + keyed + b" endpos=8000\n")
        writer.close()


def _variable(action: Action) -> bytes:
    """Every telephone is free, and nobody asked not to be disturbed."""
    value = "NOT_INUSE" if "DEVICE_STATE(PJSIP" in action["Variable"] else ""
    return block(Response="Success", ActionID=action["ActionID"], Variable=action["Variable"], Value=value)


def _no_entry(action: Action) -> bytes:
    return block(Response="Error", ActionID=action["ActionID"], Message="Database entry not found")


@asynccontextmanager
async def _daemon() -> AsyncIterator[_Daemon]:
    account, http_port, voice_port = FakeAmo(), free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="rb-walks-") as name:
        folder = Path(name)
        async with own_server() as own, FakePbx().listening() as pbx, serving(account.routes()) as crm:
            pbx.answers |= {"Getvar": _variable, "DBGet": _no_entry}
            settings = Settings.model_validate(
                {
                    "database": {"dsn": own.dsn, "spool_folder": folder / "spool"},
                    "http": {"port": http_port},
                    "pbx": [{"port": pbx.port, "secret": pbx.secret, "trunks": ["PJSIP/*"]}],
                    "callback": {"poll_seconds": 0.5, "delay_seconds": 0},
                    "hours": {"schedule": "24/7", "look_seconds": 0.5},
                    "recording": {"record": False, "folder": folder / "kept", "disk_floor_megabytes": 1},
                    "voice": {"port": voice_port, "folder": folder / "prompts", "tts_command": ["false"]},
                    "crm": {"amocrm": {"url": crm, "token": "good", "users": {"101": "6"}}},
                }
            )
            application, supervisor = Application(settings), Supervisor()
            await _wire(application, supervisor, Plugins())
            pool = application.pool
            assert pool is not None
            try:
                await application.sessions[0].link.synced.wait()
                await DirectoryStore(pool).replace_managers(read_managers(_MANAGERS, "PJSIP"))
                key = await KeyStore(pool, lambda: datetime.now(UTC)).create(
                    "walks", list(Scope), expires_at=None, per_minute=1000, random_text=lambda _: "w" * 43
                )
                yield _Daemon(application, pbx, account, folder, f"http://127.0.0.1:{http_port}", voice_port, key)
            finally:
                await supervisor.close(within_seconds=4)


async def walks() -> dict[str, list[str]]:
    """Return the files of each way, in the order of their names."""
    footprints = Footprints()
    async with _daemon() as daemon:
        rest = await footprints.of(lambda: asyncio.sleep(_REST_SECONDS))
        ways = (daemon.event, daemon.miss, daemon.request, daemon.message, daemon.night_caller)
        found = {}
        for (title, tasks), way in zip(WALKS.items(), ways, strict=True):
            await asyncio.sleep(_SETTLE_SECONDS)
            found[title] = sorted({file for file, _ in await footprints.of(way, tasks) - rest})
        return found


def main() -> None:
    """Print the table of docs/architecture.md, or with ``--files`` the files of each way."""
    set_up(LogSettings(level="error"))
    for title, files in asyncio.run(walks()).items():
        print(f"| {title} | {len(files)} |")
        if "--files" in sys.argv[1:]:
            print("\n".join(f"    {file}" for file in files))


if __name__ == "__main__":
    main()
