"""One Asterisk process: started, waited for, restarted, killed, and gone when its parent is gone."""

import asyncio
import contextlib
import os
import shutil
import signal
from pathlib import Path

from deploy.lab.ami import Ami, EventListener, Headers
from deploy.lab.errors import ActionFailed, InstanceFailed
from deploy.lab.programs.find import Asterisk

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


class Instance:
    """One Asterisk with its folder. Made by `deploy.lab.laboratory`."""

    def __init__(self, name: str, folder: Path, asterisk: Asterisk, ami_port: int, observer_secret: str) -> None:
        self.name = name
        self.folder = folder
        self.ami_port = ami_port
        self.observer_secret = observer_secret
        """Secret of the AMI user ``observer``, who may hear and do everything (for tests and captures only)."""
        self.version = asterisk.version
        self._asterisk = asterisk
        self._process: asyncio.subprocess.Process | None = None
        self._ami: Ami | None = None
        self._listeners: list[EventListener] = []

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def console(self) -> tuple[str, ...]:
        """The command that reaches its console; ``-rx`` and a line follow."""
        return (*self._asterisk.command, "-C", str(self.folder / "etc" / "asterisk.conf"))

    @property
    def cel_file(self) -> Path:
        """Where this instance writes CEL."""
        return self.folder / "log" / "cel-custom" / "ringback.csv"

    @property
    def log(self) -> str:
        """Asterisk's own notices, warnings and errors so far."""
        path = self.folder / "log" / "messages"
        return path.read_text(errors="replace") if path.exists() else ""

    def listen(self, listener: EventListener) -> None:
        """Let ``listener`` hear every event of this Asterisk (as ``observer``), over restarts, too."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Start it and return when it is fully booted.

        Raises:
            InstanceFailed: it did not come up; the text ends with its own last words.
        """
        setpriv = shutil.which("setpriv")
        guard = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
        with (self.folder / "log" / "console").open("ab") as console:
            self._process = await asyncio.create_subprocess_exec(
                *guard,
                *self._asterisk.command,
                "-C",
                str(self.folder / "etc" / "asterisk.conf"),
                "-f",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,  # ^C in a terminal is for us to handle, in order
            )
        try:
            async with asyncio.timeout(_START_SECONDS):
                self._ami = await self._connect()
                await self._ami.booted.wait()
        except TimeoutError:
            await self.kill()
            raise InstanceFailed(
                f"{self.name} did not come up in {_START_SECONDS:.0f} s. {self._last_words()}"
            ) from None

    async def _connect(self) -> Ami:
        while True:
            if self.pid is None:
                raise InstanceFailed(f"{self.name} died while starting. {self._last_words()}")
            with contextlib.suppress(OSError, ActionFailed):
                return await Ami.connect(self.ami_port, "observer", self.observer_secret, self._hear)
            await asyncio.sleep(0.02)

    def _hear(self, event: Headers) -> None:
        for listener in self._listeners:
            listener(event)

    def _last_words(self) -> str:
        console = (self.folder / "log" / "console").read_text(errors="replace")
        return f"Its folder: {self.folder}. It said: {(console + self.log)[-600:].strip() or 'nothing'}"

    @property
    def ami(self) -> Ami:
        """The lab's own AMI connection.

        Raises:
            InstanceFailed: it does not run.
        """
        if self._ami is None:
            raise InstanceFailed(f"{self.name} does not run")
        return self._ami

    async def command(self, line: str) -> str:
        """Run one CLI command, e.g. ``core show channels``, and return what it prints."""
        return await self.ami.command(line)

    async def _on_its_console(self, line: str) -> None:
        """Run a CLI command by Asterisk's own socket: one by AMI, and ended in the middle, leaves a file in /tmp."""
        console = await asyncio.create_subprocess_exec(
            *self.console,
            *("-rx", line),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await console.wait()

    async def channels(self) -> list[str]:
        """Return the names of all channels that exist now."""
        lines = (await self.command("core show channels concise")).splitlines()
        return [line.split("!", 1)[0] for line in lines if "!" in line]

    async def idle(self, timeout_seconds: float = 30.0) -> None:
        """Return when no channel exists any more.

        Raises:
            InstanceFailed: some are left after ``timeout_seconds``; the text names them.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                while await self.channels():  # noqa: ASYNC110 - another program's state: it can only be asked
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise InstanceFailed(f"{self.name} still has channels: {', '.join(await self.channels())}") from None

    async def stop(self) -> None:
        """End it at once but in order (calls are cut)."""
        if self._ami:
            await self._on_its_console("core stop now")
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Kill it without a word, as a power cut would."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Stop and start again, with the same ports and folder."""
        await self.stop()
        await self.start()

    async def _end(self, how: signal.Signals) -> None:
        if self._ami:
            ami, self._ami = self._ami, None
            await ami.close()
        process = self._process
        if not process or process.returncode is not None:
            return
        _signal(process, how)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            _signal(process, signal.SIGKILL)
            await process.wait()


def _signal(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    """Signal a child that asyncio has not reaped. Its own `send_signal` would reap it, and asyncio then complain."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, how)
