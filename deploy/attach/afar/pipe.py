"""Scripts on the PBX's machine, by ssh's pipe; and ports of the two machines joined by ssh's tunnel."""

import asyncio
import contextlib
import re
import shlex
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from importlib import resources
from typing import Final

from deploy.attach.errors import AttachError

_HOST: Final = re.compile(r"[A-Za-z0-9_.:@\[\]%][A-Za-z0-9_.:@\[\]%-]{0,250}")
_PATIENCE: Final = 300.0
"""Seconds of one script; somebody may have to type a password."""
_TUNNEL_WITHIN: Final = 30.0
_LOOK_EVERY: Final = 0.1


class Pipe:
    """The way to the other machine. Use `opened_pipe`.

    Args:
        ssh: the command, with its options.
        host: whom it gets, ``root@pbx``.
    """

    def __init__(self, ssh: Sequence[str], host: str) -> None:
        self._ssh = (*ssh, host)
        self._host = host

    def run(self, script: str, *arguments: str, given: bytes = b"") -> bytes:
        """Run one of our scripts there with a shell; return what it wrote.

        Raises:
            AttachError: it could not be run, or failed; the text has its words.
        """
        text = resources.files("deploy.attach.afar").joinpath(script).read_text(encoding="utf-8")
        words = [*self._ssh, shlex.join(["sh", "-c", text, "ringback-attach", *arguments])]
        try:
            done = subprocess.run(words, input=given, capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603 - ours
        except OSError as error:
            raise AttachError(f"{words[0]}: {error.strerror}: install it, or name it by --ssh") from None
        except subprocess.TimeoutExpired:
            raise AttachError(f"{self._host} did not end {script} within {_PATIENCE:.0f} s") from None
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip()[-500:]
            raise AttachError(f"{self._host}: {last or f'{script} ended with {done.returncode}'}")
        return done.stdout

    @contextlib.asynccontextmanager
    async def tunnel(self, here: int, there: str, back: int, us: str) -> AsyncIterator[None]:
        """Join ports: ``here`` on this machine is ``there`` as the PBX sees it, ``back`` there is ``us``.

        Raises:
            AttachError: ssh cannot do that.
        """
        forward = ("-L", f"127.0.0.1:{here}:{there}", "-R", f"127.0.0.1:{back}:{us}")
        *ssh, host = self._ssh
        words = (*ssh, "-N", "-S", "none", "-o", "ExitOnForwardFailure=yes", *forward, host)
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        try:
            await self._until_open(process, here)
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()

    async def _until_open(self, process: asyncio.subprocess.Process, port: int) -> None:
        for _ in range(int(_TUNNEL_WITHIN / _LOOK_EVERY)):
            if process.returncode is not None:
                break
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(_LOOK_EVERY)
                continue
            writer.close()
            return
        if process.returncode is None:
            process.terminate()
        _, said = await process.communicate()
        raise AttachError(f"{self._host}: no tunnel: {said.decode(errors='replace').strip()[-300:]}")


@contextlib.contextmanager
def opened_pipe(ssh: str, host: str) -> Iterator[Pipe]:
    """Yield the way to a host; who has to type a password types it once.

    Raises:
        AttachError: that is no host's name.
    """
    if not _HOST.fullmatch(host):
        raise AttachError(f"--on {host}: a host as ssh takes it, root@pbx.example.org")
    words = shlex.split(ssh)
    with tempfile.TemporaryDirectory(prefix="rb-ssh-") as folder:
        shared = ("-o", "ControlMaster=auto", "-o", f"ControlPath={folder}/%C", "-o", "ControlPersist=60")
        try:
            yield Pipe((*words, *shared), host)
        finally:
            subprocess.run([*words, *shared, "-O", "exit", host], capture_output=True, check=False)  # noqa: S603 - no shell
