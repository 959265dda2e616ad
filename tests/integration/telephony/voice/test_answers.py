"""What a peer answers to our commands: each sad answer is its own error, an endless one ends the connection."""

import asyncio
import contextlib

import pytest

from telephony.voice.agi.call import AgiCall
from telephony.voice.agi.server import Limits
from telephony.voice.errors import AgiRefused, AgiSilent, CallerGone
from tests.integration.telephony.voice.peer import Peer, ask_twice, serving, watched
from tests.waiting import PATIENCE


async def test_hangup_before_an_answer_does_not_shift_the_answers() -> None:
    """HANGUP is taken aside: the answer belongs to the command; the next command is not sent to a dead channel."""
    talk, outcome = watched(ask_twice)
    async with serving(talk) as server:
        peer = await Peer.connect(server)
        assert await peer.asked() == b'SET VARIABLE "A" "b"\n'
        await peer.send(b"HANGUP\n200 result=1\n")
        assert await peer.closed()
        assert isinstance(await outcome.ended, CallerGone)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (b"", CallerGone),
        (b"200 res", CallerGone),
        (b"HANGUP\n", CallerGone),
        (b"511 Command Not Permitted on a dead channel\n", CallerGone),
        (b"510 Invalid or unknown command\n", AgiRefused),
        (b"520 Invalid command syntax.  Proper usage not available.\n", AgiRefused),
    ],
)
async def test_each_sad_answer_is_its_own_error(told: bytes, error: type[Exception]) -> None:
    talk, outcome = watched(ask_twice)
    async with serving(talk) as server:
        peer = await Peer.connect(server)
        await peer.asked()
        await peer.send(told)
        peer.writer.write_eof()
        assert await peer.closed()
        assert isinstance(await outcome.ended, error)


async def test_a_usage_of_many_lines_is_read_to_its_end() -> None:
    told: list[str] = []

    async def talk(call: AgiCall) -> None:
        with pytest.raises(AgiRefused) as refused:
            await call.request("STREAM FILE")
        told.append(str(refused.value))
        await call.set_variable("A", "b")

    async with serving(talk) as server:
        peer = await Peer.connect(server)
        await peer.asked()
        await peer.send(
            b"520-Invalid command syntax.  Proper usage follows:\nUsage: STREAM FILE\n200 result=0 is a lie\n"
        )
        await peer.send(b"520 End of proper usage.\n")
        assert await peer.asked() == b'SET VARIABLE "A" "b"\n'
        await peer.send(b"200 result=1\n")
        assert await peer.closed()
    assert told[0].startswith("520-Invalid")
    assert told[0].endswith("End of proper usage.")


@pytest.mark.parametrize(
    "endless", [b"x" * 4096, b"HANGUP\n" * 1000, b"520-usage\n" + b"more\n" * 1000, b"200 result=1 (" + b"x" * 4096]
)
async def test_an_endless_answer_ends_the_connection(endless: bytes) -> None:
    talk, outcome = watched(ask_twice)
    async with serving(talk) as server:
        peer = await Peer.connect(server)
        await peer.asked()
        await peer.send(endless)
        assert await peer.closed()
        assert await outcome.ended is not None


async def test_a_peer_that_never_answers_is_given_up() -> None:
    async def impatient(call: AgiCall) -> None:
        await call.request("NOOP", seconds=0.1)

    talk, outcome = watched(impatient)
    async with serving(talk) as server:
        peer = await Peer.connect(server)
        assert await peer.closed() is False  # the command came, and then the end
        assert isinstance(await outcome.ended, AgiSilent)


async def test_a_caller_who_types_forever_is_let_go() -> None:
    async def endless(call: AgiCall) -> None:
        while True:
            await call.wait_for_key(1)

    limits = Limits(connections=5, conversation_seconds=0.3)
    async with serving(endless, limits) as server:
        peer = await Peer.connect(server)

        async def typing() -> None:
            while await peer.reader.readline():
                await peer.send(b"200 result=55\n")

        with contextlib.suppress(ConnectionError):  # the end comes as an end of file or as a reset
            await asyncio.wait_for(typing(), PATIENCE)
        peer.writer.close()
