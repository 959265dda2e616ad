"""One connection to one PBX, made by panoramisk, with panoramisk's own ears and mouth replaced.

The only file that imports panoramisk's AMI side. Taken from it: making the connection (`Manager.connect`, with its
``protocol_factory``), the protocol's place in it, and writing an action down (`Action`). Replaced, because of what
panoramisk 1.4 does there (each is proven in tests/integration/telephony/ami/test_promises.py):

* `data_received`: it decodes each TCP chunk by itself, so a letter cut in two is lost, and one exception in a callback
  loses the rest of the chunk and closes the link;
* `close`, `connection_lost`, `Manager.connection_made`: it keeps unanswered actions and sends them **again** after the
  reconnect, leaves their futures hanging, and reconnects by itself at a fixed pace, for ever;
* `send`: it checks nothing, has no timeouts and no end of waiting;
* its `ping` never looks for the pong, and its `call_manager` mixes up calls: both are not used.
"""

import asyncio
import logging
import ssl
from collections.abc import Mapping
from itertools import count

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from telephony.ami.inbound import Inbound
from telephony.ami.pending import ActionAnswer, Completion, Pending
from telephony.ami.protocol.validation import checked
from telephony.errors import AnswerLost, PbxUnavailable
from telephony.settings import PbxSettings

_LOST_SECONDS = 1.0


class Wire(AMIProtocol):  # type: ignore[misc] # panoramisk ships no types
    """One connection, from its making to its end; never used again after it.

    Args:
        inbound: hears all bytes.
        pending: the table of this connection's unanswered actions.
        id_prefix: begins each of its actions' ids; another for each connection, so that late answers are told apart.
    """

    def __init__(self, inbound: Inbound, pending: Pending, id_prefix: str) -> None:
        self._inbound = inbound
        self._pending = pending
        self._ids = (f"{id_prefix}{number}" for number in count(1))
        self._bytes_heard = 0
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done when the connection is gone; says why."""

    @property
    def bytes_heard(self) -> int:
        """How much the peer has said on this connection."""
        return self._bytes_heard

    def data_received(self, data: bytes) -> None:
        """Asyncio's call for each chunk."""
        self._bytes_heard += len(data)
        self._inbound.feed(data)

    def send(self, headers: Mapping[str, str | list[str]], wanted: Completion) -> asyncio.Future[ActionAnswer]:
        """Send the action that ``wanted`` names, once; see `Pending.add` for how the future ends.

        Raises:
            HostileText, ActionRefused: it must not be sent as it is.
            PbxUnavailable: the connection is gone.
        """
        whole = checked(wanted.action, headers)
        if self.lost.done() or self.transport.is_closing():
            raise PbxUnavailable(f"{wanted.action} was not sent: the connection to the PBX is gone.")
        action_id = next(self._ids)
        future = self._pending.add(action_id, wanted)
        self.transport.write(str(Action({**whole, "ActionID": action_id})).encode())
        return future

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's call when the connection is gone: who waits for an answer is told at once."""
        reason = f"the connection was lost: {exc}" if exc else "the PBX closed the connection"
        self._pending.fail_all(AnswerLost(f"No answer will come: {reason}."))
        if not self.lost.done():
            self.lost.set_result(reason)

    def eof_received(self) -> None:
        """Asyncio's call when the peer has nothing more to say; returning nothing closes our side, too."""

    def close(self) -> None:
        """Panoramisk's name for cutting the connection; without its keeping of actions for the next one."""
        self.transport.abort()

    async def gone(self) -> None:
        """Cut the connection and wait until asyncio has let go of it."""
        self.close()
        await asyncio.wait([self.lost], timeout=_LOST_SECONDS)


class _Dialler(Manager):  # type: ignore[misc]
    """Panoramisk's `Manager` as a maker of connections, without its own idea of what to do after."""

    def connection_made(self, f: asyncio.Task[object]) -> None:
        """Do nothing: whoever called `connect` awaits the same task, and decides."""


async def connect(settings: PbxSettings, wire: Wire) -> None:
    """Connect ``wire`` to the PBX (with TLS if so set), within ``connect_seconds``.

    Raises:
        PbxUnavailable: it cannot be reached, or its certificate is not to be trusted; the text says which and the cure.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        dialler = _Dialler(
            host=settings.host,
            port=settings.port,
            ssl=_tls(settings) if settings.tls else False,
            loop=asyncio.get_running_loop(),
            protocol_factory=lambda: wire,
            log=logging.getLogger("panoramisk"),
        )
        async with asyncio.timeout(settings.connect_seconds):
            await dialler.connect()
    except ssl.SSLCertVerificationError as error:
        raise PbxUnavailable(
            f"The certificate of AMI at {where} is not trusted ({error.verify_message}): "
            f"check `tls_ca`, and that the certificate is made for `host` ({settings.host})."
        ) from error
    except TimeoutError as error:
        raise PbxUnavailable(
            f"AMI at {where} did not take the connection within {settings.connect_seconds:g} s."
        ) from error
    except OSError as error:
        raise PbxUnavailable(f"AMI at {where} cannot be reached: {error}.") from error


def _tls(settings: PbxSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(settings.tls_ca) if settings.tls_ca else None)
    except OSError as error:
        raise PbxUnavailable(f"The CA file {settings.tls_ca} (`tls_ca`) cannot be used: {error}.") from error
