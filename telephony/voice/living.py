"""Whether a FastAGI request comes from a channel that lives on one of our PBXs.

Whoever reaches our port can speak AGI, a program on the PBX's own machine for example, and claim any caller. So the
channel that a request names is compared with what AMI tells of it. Pure; who is asked, and how long, is
`telephony.daemon.living`'s business.
"""

from enum import Enum, auto
from typing import Final, NamedTuple, Protocol

from telephony.numbers import canonical, is_hidden
from telephony.voice.agi.protocol import Environment

OF_ATTEMPTS: Final = frozenset({"manager", "dialled", "survey"})
"""Conversations on channels that we originated: the attempt's id is the channel's own."""


class Liveness(Enum):
    """What is known of a request's channel."""

    LIVING = auto()
    UNSURE = auto()
    """The PBX cannot be asked now: speak, but write nothing down that somebody could have made up."""
    FORGED = auto()
    """No PBX of ours has such a channel, or it is somebody else's."""


class Living(Protocol):
    """Knows the living channels."""

    async def __call__(self, environment: Environment, /) -> Liveness:
        """Compare a request with them. Takes less than a second, and does not raise."""
        ...


class ChannelTold(NamedTuple):
    """A living channel as AMI tells it."""

    channel: str
    number: str
    """Its caller's number; hidden or empty, if there is none."""
    did: str
    """What its caller dialled."""


def contradicts_itself(environment: Environment) -> bool:
    """Return whether no living channel could have sent this."""
    if not environment.uniqueid or not environment.channel:
        return True
    return environment.script in OF_ATTEMPTS and environment.arguments[:1] != (environment.uniqueid,)


def agrees(environment: Environment, known: ChannelTold, region: str) -> bool:
    """Return whether a request says of its channel what AMI says."""
    if known.channel != environment.channel:
        return False
    if environment.script in OF_ATTEMPTS:
        return True
    return _same(environment.caller_number, known.number, region) and (
        not environment.did or _same(environment.did, known.did, region)
    )


def _same(one: str, other: str, region: str) -> bool:
    if one == other or (is_hidden(one) and is_hidden(other)):
        return True
    number = canonical(one, region)
    return bool(number) and number == canonical(other, region)
