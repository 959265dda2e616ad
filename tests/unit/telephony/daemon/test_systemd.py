"""What systemd hears from us."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from telephony.daemon.systemd import Notifier


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(20)
        yield listening


def heard(systemd: socket.socket) -> list[str]:
    return systemd.recv(4096).decode().split("\n")


def test_words_arrive_one_a_line_and_cannot_smuggle_lines(systemd: socket.socket) -> None:
    Notifier({"NOTIFY_SOCKET": systemd.getsockname()}).tell(READY="1", STATUS="two\nMAINPID=1 calls")
    assert heard(systemd) == ["READY=1", "STATUS=two MAINPID=1 calls"]


def test_without_systemd_or_with_a_dead_one_nothing_happens(tmp_path: Path) -> None:
    Notifier({}).tell(READY="1")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell(READY="1")


def test_an_abstract_socket_is_reached() -> None:
    name = f"ringback-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        listening.settimeout(20)
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).tell(STOPPING="1")
        assert listening.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_watchdog_is_ours_only_if_its_pid_is(environ: dict[str, str], seconds: float) -> None:
    assert Notifier(environ).watchdog_seconds == seconds


async def test_a_stuck_part_gets_no_sign_of_life(systemd: socket.socket) -> None:
    stuck = ["", "ledger: nothing written for 60 s"]
    notifier = Notifier({"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "30000"})
    pulse = asyncio.create_task(
        notifier.keep_alive(lambda: stuck.pop(0) if len(stuck) > 1 else stuck[0], lambda: "fine")
    )
    first = await asyncio.to_thread(heard, systemd)
    second = await asyncio.to_thread(heard, systemd)
    pulse.cancel()
    assert first == ["WATCHDOG=1", "STATUS=fine"]
    assert second == ["STATUS=stuck: ledger: nothing written for 60 s"]
