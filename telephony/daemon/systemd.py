"""systemd's notify protocol: a datagram of ``NAME=value`` lines to the socket that systemd named.

Where no systemd is (a terminal, a container), every call does nothing.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping

import structlog

_log = structlog.get_logger(__name__)


class Notifier:
    """Tells systemd how we are.

    Args:
        environ: where systemd put NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.watchdog_seconds = _watchdog_seconds(environ)
        """How often systemd wants a sign of life, at the least; 0 if it does not."""

    def tell(self, **words: str) -> None:
        """Send e.g. ``READY="1", STATUS="3 calls"``. A deaf systemd is no reason to stop."""
        if not self._address:
            return
        lines = "\n".join(f"{name}={' '.join(value.split())}" for name, value in words.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as out:
                out.sendto(lines.encode(), self._address)
        except OSError as error:
            _log.debug("systemd.deaf", reason=str(error))

    async def keep_alive(self, stuck: Callable[[], str], summary: Callable[[], str], *, pulse: float = 10.0) -> None:
        """Give signs of life as long as nothing is stuck; ends only by being cancelled.

        Args:
            stuck: names the part that makes no progress by its own fault, or empty. Then no sign is given, and after
                its time systemd kills and restarts us.
            summary: one line for `systemctl status`.
            pulse: seconds between two looks where systemd sets no watchdog.
        """
        pause = self.watchdog_seconds / 3 or pulse
        while True:
            reason = stuck()
            if reason:
                _log.error("watchdog.stuck", part=reason)
                self.tell(STATUS=f"stuck: {reason}")
            else:
                self.tell(WATCHDOG="1", STATUS=summary())
            await asyncio.sleep(pause)


def _watchdog_seconds(environ: Mapping[str, str]) -> float:
    wanted, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not wanted.isdecimal() or (pid and pid != str(os.getpid())):
        return 0.0
    return int(wanted) / 1e6
