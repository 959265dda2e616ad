"""AMI's bytes cut into messages.

AMI is lines of ``Key: value`` ended by CRLF, and a message ends at an empty line. Four things make this more than a
``split``: TCP cuts anywhere, also inside a letter, so text is decoded only when a message is whole; a busy PBX says
three things that nobody needs for each one that somebody does, so the event's name is looked at before anything is
built; nothing stops a peer from never ending a message, so there is a limit; and captures come from editors and
``tee``, so a stream whose first line ends in a bare LF is cut at bare LFs throughout.

Nothing is raised for what the peer sent: what cannot be read comes out as `UnreadableMessage`, for the caller to log,
and the stream goes on with the next message. The messages do not depend on how the bytes were cut.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from operator import itemgetter
from typing import Final, NamedTuple

from telephony.ami.protocol.lines import MOST_REMEMBERED, Lines
from telephony.channel_events import ChannelEvent

DEFAULT_LIMIT = 1 << 20
"""Bytes of one message. The longest honest ones are replies to ``Command``, some 100 KB."""

_BANNER = b"Asterisk Call Manager"
_HEAD = 200
_FOLLOWS = b"Response: Follows"
_END_OF_COMMAND = b"--END COMMAND--"
_PARTIAL_END = 3  # bytes of an unfinished CRLFCRLF that the rest may hold
_new_tuple = tuple.__new__  # half the time of a NamedTuple's own constructor
_STAMPED = 2  # the line where Asterisk puts the time; not worth remembering, since no two are alike
_HEAD_LOOKED_AT = 40  # bytes: the longest names of events, and what follows them
_head_of = itemgetter(slice(_HEAD_LOOKED_AT))
_CRLF = b"\r\n"
_ACTION_ID = b"\nActionID: "
_ANY: "Mapping[str, tuple[str, frozenset[str]]]" = {}
NOTHING: Final[tuple[()]] = ()
"""What a `Reader` gives for an event that means nothing to us."""
Reader = Callable[[bytes], "ChannelEvent | tuple[()] | None"]
"""Reads one whole event, without its empty line; None if it cannot."""
_NO_READERS: "Mapping[str, Reader]" = {}


class _Kind(NamedTuple):
    """What to do with events that begin alike."""

    values: tuple[bytes, ...] = ()
    """If any: only those are wanted that have one of these values..."""
    header: bytes = b""
    """...of this header."""
    reader: Reader | None = None


_SKIP, _OTHER = _Kind(), _Kind()


class Banner(NamedTuple):
    """The line that AMI greets with."""

    version: str


class AmiMessage(NamedTuple):
    """One whole message.

    ``name`` is the event's name as the PBX spells it, or empty for a response. Keys of ``headers`` are in lower case;
    the values of a repeated header are joined by LF, in order; ``<unknown>`` is empty text.
    """

    name: str
    headers: Mapping[str, str]

    @property
    def action_id(self) -> str:
        """The id of the action that this answers, or empty."""
        return self.headers.get("actionid", "")


class Defect(StrEnum):
    """Why a message could not be read."""

    TOO_LONG = "too-long"
    NO_HEADERS = "no-headers"
    NO_NAME = "no-name"
    CUT_OFF = "cut-off"


class UnreadableMessage(NamedTuple):
    """A message that was dropped: why, and how it begins (200 bytes)."""

    defect: Defect
    head: str


Parsed = Banner | AmiMessage | UnreadableMessage | ChannelEvent


class Parser:
    """Cuts one stream."""

    def __init__(
        self,
        wanted: frozenset[str] | None = None,
        limit: int = DEFAULT_LIMIT,
        only: Mapping[str, tuple[str, frozenset[str]]] = _ANY,
        readers: Mapping[str, Reader] = _NO_READERS,
    ) -> None:
        """Make one.

        Args:
            wanted: the event names to build; others are skipped, unless they answer an action. None: all.
            limit: bytes of one message; a longer one is told as `UnreadableMessage`.
            only: for some of the wanted events a header, and the values that it must have (``VarSet``: half of all
                events of a PBX, of which three variables matter). Where it is repeated the last one counts.
            readers: for some of the wanted events a short way to what they mean; what a reader cannot read, and what
                answers an action, comes as `AmiMessage`.
        """
        self._wanted = None if wanted is None else frozenset(name.encode() for name in wanted)
        self._only = {
            name.encode(): (tuple(value.encode() for value in values), f"\n{header}: ".encode())
            for name, (header, values) in only.items()
        }
        self._readers = {name.encode(): reader for name, reader in readers.items()}
        self._kinds: dict[bytes, _Kind] = {}
        self._pair_of = Lines().__getitem__
        self._limit = limit
        self._eol = b""
        self._rest = b""
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._skipping = False

    def feed(self, data: bytes) -> list[Parsed]:
        """Take the next bytes, however cut; return the messages that are whole now."""
        if b"\n" not in data:
            return self._keep(data)
        data = self._waiting() + data
        if not self._eol:
            self._eol = b"\r\n" if data[: data.index(b"\n")].endswith(b"\r") else b"\n"
        found: list[Parsed] = []
        self._rest = self._cut(data, found)
        self._limit_rest(found)
        return found

    def close(self) -> list[Parsed]:
        """Return that the stream has ended: a last message without its empty line counts if its lines are whole."""
        waiting = self._waiting().lstrip(b"\r\n")
        rest = b"" if self._skipping else waiting
        self._rest, self._skipping = b"", False
        if not rest.strip():
            return []
        if rest.endswith(b"\n"):
            return self.feed(rest + self._eol)
        return [UnreadableMessage(Defect.CUT_OFF, _head(rest))]

    def _keep(self, data: bytes) -> list[Parsed]:
        """Without a line's end nothing can be complete: put ``data`` aside, so that slow drips cost no re-scanning."""
        found: list[Parsed] = []
        self._pending.append(data)
        self._pending_size += len(data)
        if len(self._rest) + self._pending_size > self._limit + _PARTIAL_END:
            self._rest = self._waiting()
            self._limit_rest(found)
        return found

    def _waiting(self) -> bytes:
        """All that waits for more, in one piece."""
        if self._pending:
            self._rest = b"".join((self._rest, *self._pending))
            self._pending.clear()
            self._pending_size = 0
        return self._rest

    def _limit_rest(self, found: list[Parsed]) -> None:
        if self._skipping:
            self._rest = self._rest[-_PARTIAL_END:]
            return
        self._rest = self._rest.lstrip(b"\r\n")
        if len(self._rest) > self._limit + _PARTIAL_END:
            found.append(UnreadableMessage(Defect.TOO_LONG, _head(self._rest[: self._limit])))
            self._skipping = True
            self._rest = self._rest[-_PARTIAL_END:]

    def _cut(self, data: bytes, found: list[Parsed]) -> bytes:
        """Read the whole messages in ``data``; return what has to wait for more bytes."""
        blank = self._eol * 2
        if self._skipping:
            end = data.find(blank)
            if end < 0:
                return data
            self._skipping, data = False, data[end + len(blank) :]
        if self._eol == b"\n" and _FOLLOWS in data:
            *pieces, rest = _outputs_whole(data, blank)
        else:
            *pieces, rest = data.split(blank)
        self._read(pieces, found)
        return self._greeting(rest, found)

    def _read(self, pieces: list[bytes], found: list[Parsed]) -> None:
        """Build what is wanted. The hot loop: most pieces are only passed over."""
        kinds = map(self._kinds.get, map(_head_of, pieces))
        for piece, known in zip(pieces, kinds, strict=True):
            kind = known or self._judge(piece)
            if kind is _SKIP:
                if piece.rfind(_ACTION_ID) < 0:
                    continue
            elif kind is _OTHER:
                self._uncommon(piece, found)
                continue
            else:
                values, header, reader = kind
                if values:  # looked for from the end, since what varies stands there
                    at = piece.rfind(header) + len(header)
                    if not piece.startswith(values, at) or piece[at:].partition(self._eol)[0] not in values:
                        continue
                if reader is not None and len(piece) <= self._limit:
                    event = reader(piece)
                    if event:
                        found.append(event)
                        continue
                    if event is NOTHING:
                        continue
            found.append(self._message(piece))

    def _judge(self, piece: bytes) -> _Kind:
        """Tell by its name what to do with an event, and remember it for all that begin alike."""
        if not piece.startswith(b"Event: "):
            return _OTHER
        name, eol, _ = piece[:_HEAD_LOOKED_AT].partition(self._eol)
        name = name[7:] if eol else piece[7:].partition(self._eol)[0]
        kind = self._kind(name) if self._wanted is None or name in self._wanted else _SKIP
        if eol and len(self._kinds) < MOST_REMEMBERED:
            self._kinds[piece[:_HEAD_LOOKED_AT]] = kind
        return kind

    def _kind(self, name: bytes) -> _Kind:
        values, header = self._only.get(name, ((), b""))
        return _Kind(values, header, self._readers.get(name) if self._eol == _CRLF else None)

    def _greeting(self, rest: bytes, found: list[Parsed]) -> bytes:
        """Return the banner as soon as its line is whole: no empty line follows it."""
        rest = rest.lstrip(b"\r\n")
        while rest.startswith(_BANNER) and self._eol in rest:
            line, _, rest = rest.partition(self._eol)
            found.append(Banner(line.decode("ascii", "replace").rpartition("/")[2]))
            rest = rest.lstrip(b"\r\n")
        return rest

    def _uncommon(self, piece: bytes, found: list[Parsed]) -> None:
        """Read what does not begin as an event does: responses, the banner's piece, damage."""
        piece = self._greeting(piece + self._eol, found).removesuffix(self._eol)
        if piece:
            found.append(self._message(piece))

    def _message(self, piece: bytes) -> AmiMessage | UnreadableMessage:
        if len(piece) > self._limit:
            return UnreadableMessage(Defect.TOO_LONG, _head(piece[: self._limit]))
        lines = piece.split(self._eol)
        stamp = lines.pop(_STAMPED) if len(lines) > _STAMPED and lines[_STAMPED].startswith(b"Timestamp: ") else b""
        headers = dict(map(self._pair_of, lines))
        if len(headers) != len(lines) or "" in headers:
            headers = _with_repeats(map(self._pair_of, lines))
        if stamp:
            headers.setdefault("timestamp", stamp[11:].decode("ascii", "replace"))
        name = headers.get("event")
        return _new_tuple(AmiMessage, (name, headers)) if name else self._no_event(piece, lines, headers)

    def _no_event(self, piece: bytes, lines: list[bytes], headers: dict[str, str]) -> AmiMessage | UnreadableMessage:
        if "response" not in headers and "action" not in headers:
            return UnreadableMessage(Defect.NO_NAME if headers else Defect.NO_HEADERS, _head(piece))
        if headers.get("response") == "Follows":
            headers["output"] = _command_output([line.decode("utf-8", "replace") for line in lines])
        return AmiMessage("", headers)


def _outputs_whole(data: bytes, blank: bytes) -> Iterable[bytes]:
    """Split ``data`` at empty lines, but not inside an old ``Command``'s output, which may hold such lines."""
    start = 0
    while (end := data.find(blank, start)) >= 0:
        step = len(blank)
        if data.startswith(_FOLLOWS, start):
            end = data.find(_END_OF_COMMAND, start)
            if end < 0:
                break
            end += len(_END_OF_COMMAND)
            step = len(blank) if data.startswith(blank, end) else 0
        yield data[start:end]
        start = end + step
    yield data[start:]


def _with_repeats(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for key, value in pairs:
        if key:
            headers[key] = value if key not in headers else f"{headers[key]}\n{value}"
    return headers


def _command_output(lines: list[str]) -> str:
    """What an old ``Command`` printed: everything after its headers, up to the end mark."""
    body = [line for line in lines if not line.startswith(("Response: ", "Privilege: ", "ActionID: "))]
    return "\n".join(body).removesuffix(_END_OF_COMMAND.decode()).rstrip("\r\n")


def _head(piece: bytes) -> str:
    return piece[:_HEAD].decode("utf-8", "replace")
