"""A service's life: start, run until a signal or a death, stop in time.

The first SIGTERM or SIGINT asks for a clean stop, also in the middle of the start; a second one ends the process at
once (the embedded database dies with us by itself, and its next start recovers).
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from telephony.daemon.succession import Predecessor, Succession, Successor
from telephony.daemon.supervisor import Supervisor
from telephony.daemon.systemd import Notifier
from telephony.net import descriptors

_log = structlog.get_logger(__name__)

STOP_SECONDS = 4.5
"""A clean stop takes no longer, whatever hangs."""
_READY_AT_LATEST = 20.0
"""By then systemd is told READY even if something outside (the database) is still being waited for."""

Start = Callable[[Supervisor], Awaitable[None]]


KEPT: Final = ("crm clients", "embedded postgres", "embedded postgres watch", "database pool", "database", "voice")
"""What a daemon that has handed over needs until its last conversation has ended."""


async def live(
    start: Start, notifier: Notifier, *, stop: asyncio.Event | None = None, succession: Succession | None = None
) -> None:
    """Run a service.

    Args:
        start: brings everything up, handing each loop and each closing to the supervisor.
        notifier: told READY, STOPPING.
        stop: set by whoever wants the service to end; signals set it, too.
        succession: makes a successor when SIGHUP comes; without it that ends us as any program.

    Raises:
        LoopDied: a loop ended; everything was closed.
        RingbackError: what ``start`` raised; everything that it had opened was closed.
    """
    _log.debug("service.descriptors", most=descriptors.raise_limit())
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    _listen_to_signals(loop, stop)
    if succession is not None:
        loop.add_signal_handler(signal.SIGHUP, succession.asked.set)
    at_latest = loop.call_later(_READY_AT_LATEST, lambda: notifier.tell(READY="1"))
    supervisor = Supervisor()
    try:
        if await _started(start, supervisor, stop):
            notifier.tell(READY="1")
            if succession is not None:
                supervisor.spawn("succession", succession.run(stop))
            await supervisor.wait(stop)
            if succession is not None and succession.successor is not None and succession.predecessor is not None:
                await _hand_over(supervisor, notifier, succession.successor, succession.predecessor)
    finally:
        at_latest.cancel()
        notifier.tell(STOPPING="1")
        _log.info("service.stopping")
        began = loop.time()
        await supervisor.close(STOP_SECONDS)
        _log.info("service.stopped", seconds=round(loop.time() - began, 2))


async def _hand_over(
    supervisor: Supervisor, notifier: Notifier, successor: Successor, predecessor: Predecessor
) -> None:
    """Let the successor begin, and return when our last conversation has ended."""
    _log.info("succession.hands_over", successor=successor.pid)
    talking = asyncio.create_task(predecessor.take_no_more(), name="last conversations")
    await supervisor.close(STOP_SECONDS, but=KEPT)
    notifier.tell(MAINPID=str(successor.pid))
    successor.go()
    await talking
    _log.info("succession.handed_over", successor=successor.pid)


async def _started(start: Start, supervisor: Supervisor, stop: asyncio.Event) -> bool:
    """Start; tell False if a stop was asked for before it was done."""
    loop = asyncio.get_running_loop()
    starting = asyncio.ensure_future(start(supervisor))
    # A loop that dies while others are still being started is a failed start, and must not wait for them.
    waiting = loop.create_task(supervisor.wait(stop), name="until stopped")
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    done = starting.done()
    for task in (starting, waiting):
        if not task.done():
            task.cancel()
    await asyncio.wait({starting, waiting})
    if done:
        starting.result()
        return True
    waiting.result()
    return False


def _listen_to_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            os._exit(128 + number)
        _log.info("service.stop_asked", signal=number.name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
