"""How long the daemon takes from its start to READY, and from SIGTERM to its end.

    python -m benchmarks start

With an external, migrated database, and no PBX: that is waited for afterwards. The times are those of systemd: from
starting the process to its READY datagram, to its exit. The peer of the start is the interpreter importing nothing but
the libraries named in the row: the floor that a daemon of these libraries stands on.
"""

import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.ledger import server
from benchmarks.row import Row
from telephony.postgres.migrations import TELEPHONY, MigrationSource, migrate

ROOT = Path(__file__).parents[1]
TIMES = 7
_FLOOR = "import asyncpg, aiohttp.web, panoramisk, pydantic, structlog, prometheus_client"


def _free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        port: int = probing.getsockname()[1]
        return port


def _config(folder: Path, dsn: str) -> Path:
    file = folder / "ringback.toml"
    file.write_text(
        f'[[pbx]]\nport = 1\nsecret = "x"\n[database]\ndsn = "{dsn}"\n'
        f'spool_folder = "{folder}/spool"\n[http]\nport = {_free_port()}\n'
        f'[recording]\nfolder = "{folder}/recordings"\n[voice]\nport = {_free_port()}\nfolder = "{folder}/prompts"\n'
    )
    return file


def _one(config: Path, folder: Path) -> tuple[float, float]:
    """Start and stop once; give both times in milliseconds."""
    address = folder / "notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        systemd.settimeout(30)
        began = time.perf_counter()
        command = [sys.executable, "-m", "service", "run", "--config", str(config)]
        environ = {**_environ(), "NOTIFY_SOCKET": str(address)}
        daemon = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)  # noqa: S603 - ourselves
        while b"READY=1" not in systemd.recv(4096):
            pass
        ready = time.perf_counter()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(30) == 0
        return (ready - began) * 1000, (time.perf_counter() - ready) * 1000


def _environ() -> dict[str, str]:
    """Ours, but Python may keep its compiled files: as in an installation."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _floor() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", _FLOOR], cwd=ROOT, env=_environ(), check=True)  # noqa: S603 - ourselves
    return (time.perf_counter() - began) * 1000


async def _measured() -> list[Row]:
    async with server() as running:
        await migrate(
            running.dsn, [TELEPHONY, MigrationSource("crm_bridge", ROOT / "crm_bridge" / "sql" / "migrations")]
        )
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            config = _config(folder, running.dsn)
            await asyncio.to_thread(_one, config, folder)  # fills the disk's cache and the folders
            runs = [await asyncio.to_thread(_one, config, folder) for _ in range(TIMES)]
            floors = [await asyncio.to_thread(_floor) for _ in range(TIMES)]
    start, stop = (statistics.median(times) for times in zip(*runs, strict=True))
    return [
        Row("daemon: start to READY, external database", start, "ms", "limit", 1000),
        Row("daemon: the same, beside importing its libraries", start, "ms", _FLOOR, statistics.median(floors)),
        Row("daemon: SIGTERM to its end", stop, "ms", "limit", 5000),
    ]


def rows() -> list[Row]:
    """Measure."""
    return asyncio.run(_measured())
