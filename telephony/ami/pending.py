"""The actions that wait for their answer: one table, a timer each, nothing that hangs.

An action ends in exactly one way: answered, refused, timed out, or the link died (then at once: `fail_all`). Its
entry and its timer go with it, also when nobody waits any more. An answer without an entry is late: `answer` says so.

A list (``CoreShowChannels``) is a response, rows that carry the action's id, and a row whose name ends in ``Complete``.
Asterisk writes them without live events in between, yet sends such events before and after: `Completion.on_first` is
called with the response, so that the link knows where in the stream the list stands.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from telephony.ami.protocol.parser import AmiMessage
from telephony.errors import ActionRefused, ActionTimedOut, PbxUnavailable, RingbackError

MOST_PENDING = 2000
"""More actions unanswered than this, and the PBX is not keeping up: further ones are not sent."""

_GOOD = frozenset({"success", "follows", "goodbye", "pong"})


class Headers(Mapping[str, str]):
    """An answer's headers, found however their names are spelled: AMI's own spelling differs between versions."""

    def __init__(self, lowered: Mapping[str, str]) -> None:
        self._lowered = lowered

    def __getitem__(self, key: str) -> str:
        return self._lowered[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lowered)

    def __len__(self) -> int:
        return len(self._lowered)

    def __repr__(self) -> str:
        return f"Headers({dict(self._lowered)!r})"


class ActionAnswer(NamedTuple):
    """What the PBX answered: the response's headers and, of a list, its rows (events with the action's id)."""

    headers: Headers
    rows: tuple[AmiMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What counts as the whole answer."""

    action: str
    timeout_seconds: float
    rows: int = 0
    """The most rows of a list; 0 is no list: the response alone is the answer."""
    event: str = ""
    """An event with the action's id that ends it, after the response: ``OriginateResponse``."""
    on_first: Callable[[Headers], None] | None = None
    """Called with a good response's headers as it is read, so at its exact place among the events."""


@dataclass(slots=True, eq=False)
class _Waiting:
    wanted: Completion
    future: asyncio.Future[ActionAnswer]
    timer: asyncio.TimerHandle
    sent_at: float
    headers: Headers
    rows: list[AmiMessage]


class Pending:
    """The table of one connection.

    Args:
        pbx: the PBX's name, for errors.
        on_done: told each action's name and seconds from sending to its end, however it ended.
    """

    def __init__(self, pbx: str, on_done: Callable[[str, float], None]) -> None:
        self._pbx = pbx
        self._on_done = on_done
        self._waiting: dict[str, _Waiting] = {}
        self._dead: RingbackError | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, action_id: str, wanted: Completion) -> asyncio.Future[ActionAnswer]:
        """Return the future answer; it fails with `ActionTimedOut`, `ActionRefused` or what `fail_all` was told.

        Raises:
            PbxUnavailable: the link is dead already, or too much is unanswered.
        """
        if self._dead:
            raise self._dead
        if len(self._waiting) >= MOST_PENDING:
            raise PbxUnavailable(f"{self._pbx}: {MOST_PENDING} actions are unanswered; {wanted.action} was not sent.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[ActionAnswer] = loop.create_future()
        timer = loop.call_later(wanted.timeout_seconds, self._time_out, action_id)
        self._waiting[action_id] = _Waiting(wanted, future, timer, loop.time(), Headers({}), [])
        future.add_done_callback(lambda _: self._forget(action_id))
        return future

    def answer(self, message: AmiMessage) -> bool:
        """Take a message that carries an action's id; return False if nobody waits for it."""
        waiting = self._waiting.get(message.action_id)
        if waiting is None or waiting.future.done():
            return False
        if not message.name:
            self._respond(waiting, message.headers)
        elif waiting.wanted.event:
            return _ended_by_event(waiting, message)
        elif waiting.wanted.rows:
            self._row(waiting, message)
        else:
            return False
        return True

    def fail_all(self, error: RingbackError) -> None:
        """The link is dead: everybody who waits is told at once, and everybody who comes later."""
        self._dead = error
        for waiting in list(self._waiting.values()):
            _fail(waiting, error)

    def _respond(self, waiting: _Waiting, headers: Mapping[str, str]) -> None:
        wanted = waiting.wanted
        if headers.get("response", "").lower() not in _GOOD:
            _fail(waiting, ActionRefused(f"{self._pbx} refused {wanted.action}: {headers.get('message', 'no reason')}"))
            return
        waiting.headers = Headers(headers)
        if wanted.on_first:
            wanted.on_first(waiting.headers)
        if not wanted.rows and not wanted.event:
            waiting.future.set_result(ActionAnswer(waiting.headers))

    def _row(self, waiting: _Waiting, row: AmiMessage) -> None:
        wanted = waiting.wanted
        if row.name.endswith("Complete"):
            waiting.future.set_result(ActionAnswer(waiting.headers, tuple(waiting.rows)))
        elif len(waiting.rows) < wanted.rows:
            waiting.rows.append(row)
        else:
            _fail(waiting, ActionRefused(f"{self._pbx}: {wanted.action} lists more than {wanted.rows} rows."))

    def _time_out(self, action_id: str) -> None:
        waiting = self._waiting[action_id]
        wanted = waiting.wanted
        _fail(
            waiting,
            ActionTimedOut(f"{self._pbx} did not answer {wanted.action} within {wanted.timeout_seconds:g} s."),
        )

    def _forget(self, action_id: str) -> None:
        waiting = self._waiting.pop(action_id)
        waiting.timer.cancel()
        self._on_done(waiting.wanted.action, asyncio.get_running_loop().time() - waiting.sent_at)


def _fail(waiting: _Waiting, error: RingbackError) -> None:
    if not waiting.future.done():
        waiting.future.set_exception(error)
        waiting.future.exception()  # seen: asyncio need not complain if whoever asked has gone on


def _ended_by_event(waiting: _Waiting, message: AmiMessage) -> bool:
    if message.name != waiting.wanted.event:
        return False
    waiting.future.set_result(ActionAnswer(Headers(message.headers)))
    return True
