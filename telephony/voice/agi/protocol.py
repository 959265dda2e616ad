"""The AGI wire as pure functions: lines to typed values and back.

Asterisk opens with an environment (``agi_name: value`` lines, closed by an empty one), then answers each of our
commands with one reply. Two things break the rhythm and are told apart here: a ``HANGUP`` line may come at any moment
*between* replies, and a refused command is answered by many lines, from ``520-`` to ``520 ``.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from telephony.errors import HostileText
from telephony.voice.errors import AgiPacketError

HANGUP = "HANGUP"
USAGE_BEGINS, USAGE_ENDS = "520-", "520 "

_FIELD = re.compile(r"agi_([a-z0-9_]{1,40}): ?(.*)")
_REPLY = re.compile(r"([0-9]{3}) ?(?:result=(-?[^ ]*))?(?: \((.*)\))?(?: ?endpos=([0-9]{1,15})(?![0-9]))?.*")
_KEY = re.compile(r"[0-9]{2,3}")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


class Environment(NamedTuple):
    """What Asterisk tells about the channel when it connects. All of it is as trustworthy as the caller."""

    script: str
    """The path of the AGI URL without its first slash and without its query."""
    channel: str
    uniqueid: str
    caller_number: str
    did: str
    """What the caller dialled, as the trunk told it."""
    language: str
    arguments: tuple[str, ...]
    """The AGI application's arguments after the URL."""


class Reply(NamedTuple):
    """One answer: ``200 result=<result> (<data>) endpos=<endpos>``."""

    code: int
    result: str
    data: str
    endpos: int | None

    @property
    def key(self) -> str:
        """The key that ended the command (its ``result`` is the key's ASCII code), or empty."""
        return chr(int(self.result)) if _KEY.fullmatch(self.result) and 32 < int(self.result) < 127 else ""  # noqa: PLR2004


def parse_environment(lines: Iterable[str]) -> Environment:
    """Read the opening block (without its empty line); lines of another form are passed over.

    Raises:
        AgiPacketError: no script is named, so it is no AGI.
    """
    fields = {found[1]: found[2] for found in map(_FIELD.fullmatch, lines) if found}
    if "network_script" not in fields:
        raise AgiPacketError("the connection did not open with an AGI environment")
    numbered = sorted((int(name[4:]), value) for name, value in fields.items() if re.fullmatch(r"arg_\d{1,3}", name))
    return Environment(
        script=fields["network_script"].partition("?")[0],
        channel=fields.get("channel", ""),
        uniqueid=fields.get("uniqueid", ""),
        caller_number=fields.get("callerid", ""),
        did=fields.get("dnid", "").replace("unknown", ""),
        language=fields.get("language", ""),
        arguments=tuple(value for _, value in numbered),
    )


def parse_reply(line: str) -> Reply:
    """Read one reply line (never ``HANGUP``, never a line of a usage).

    Raises:
        AgiPacketError: it is no reply.
    """
    found = _REPLY.fullmatch(line)
    if not found:
        raise AgiPacketError(f"not an AGI reply: {line[:80]!r}")
    return Reply(int(found[1]), found[2] or "", found[3] or "", int(found[4]) if found[4] else None)


def command(*words: str) -> str:
    """Compose one command line: the first word as it is, all others quoted.

    Raises:
        HostileText: a word holds a control character or a line separator, which would begin a command of its own.
    """
    for word in words:
        if _FORBIDDEN.search(word):
            raise HostileText(f"an AGI argument holds a control character: {word[:80]!r}")
    name, *arguments = words
    return " ".join([name, *(_quoted(argument) for argument in arguments)])


def _quoted(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
