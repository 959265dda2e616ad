"""The daemon for the length of a trial call, where systemd does not run it."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp

from deploy.attach.errors import AttachError
from telephony.settings import HttpSettings

_UP_WITHIN: Final = 60.0
"""Seconds; the first start makes the database."""
_STOP_WITHIN: Final = 15.0
_LOOK_EVERY: Final = 0.2


@contextlib.asynccontextmanager
async def borrowed_daemon(config: Path, log: Path) -> AsyncIterator[None]:
    """Run ``ringback run`` as a child, its words in ``log``; it is stopped at the end.

    Raises:
        AttachError: it does not start.
    """
    # -I: we are root, and nothing of the folder that we were started in may run.
    command = [sys.executable, "-I", "-m", "service", "run", "--config", str(config)]
    with log.open("ab") as words:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=words, stderr=words
        )
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(_STOP_WITHIN):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def until_well(http: HttpSettings) -> None:
    """Return when the daemon says that all its parts are well.

    Raises:
        AttachError: it does not in a minute; the text has what it says instead.
    """
    said = "nothing listens there"
    address = f"http://{http.host if ':' not in http.host else f'[{http.host}]'}:{http.port}/healthz"
    try:
        async with asyncio.timeout(_UP_WITHIN), aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(address) as answer:
                        said = (await answer.text())[:600]
                        if answer.ok:
                            return
                await asyncio.sleep(_LOOK_EVERY)
    except TimeoutError:
        raise AttachError(f"the daemon is not well after {_UP_WITHIN:.0f} s; {address}: {said}") from None
