"""What nobody heard, found in CEL and given to the ledger marked ``repaired``.

Theory of operation. While the link is in step, what CEL holds was heard live; every `_NOTE_SECONDS` a place of the file
that is before all calls in progress is kept in the database. When the link comes up, for the first time or again, what
was written since that place goes through a tracker of its own, and two things are made of it:

* calls that began and ended unheard: those that the ledger does not have; also those that died with their Asterisk,
  whose end nobody wrote: how they ended is a guess then;
* better ends for calls that were in progress when the hearing stopped: after a resync they are known to be gone, and
  how they ended is a guess (`telephony.calls.tracking.merging.close`, `telephony.calls.tracking.tracker`). The
  guesses are handed to `Backfill.explain` instead of the pump; where CEL has the call, its end is told instead.

The pump's hooks then do what they do for every call: a missed one asks for a callback, a recorded one is archived. A
call is known by its id, so reading too much is harmless. A file that cannot be read leaves the guesses as they are,
until it can; a guess in the ledger that CEL knows better later is told again.

What has no end in CEL is over only if the PBX's picture of what lives says so: it began before that picture and is not
in it. Of what began later nothing is known while the link is down, though nobody hears of it: the next connection's
picture decides, and the place that is kept stays before it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import structlog

from telephony.calls.tracking.merging import close
from telephony.calls.tracking.trunks import TrunkRules
from telephony.cel.decoder import MONITOR_FOLDER
from telephony.cel.stretch import Stretch, calls_in
from telephony.cel.tail import FilePiece, FilePosition, end_of, lines, since
from telephony.errors import NotReady
from telephony.events import CallEnded
from telephony.model import Call, CallId, PbxName
from telephony.ports import CallListener, Clock
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_T = TypeVar("_T")

_NOTE_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 1.0
_LONGEST_LINE: Final = 65_536
_LAST_ROW_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.5
"""How often the link is looked at between two notes."""


class _Sql(NamedTuple):
    position: str
    keep: str
    known: str


_SQL = load(Path(__file__).with_name("cel.sql"), _Sql)


class _Gone(NamedTuple):
    """Judges, by what the PBX told, which calls without an end are over."""

    alive: frozenset[str]
    pictured_at: datetime | None

    def among(self, stretch: Stretch) -> list[Call]:
        endless = (call for call in stretch.endless if call.linkedid not in self.alive)
        return [*stretch.died, *(call for call in endless if not self.undecided(call))]

    def undecided(self, call: Call) -> bool:
        in_picture = self.pictured_at is not None and call.started_at < self.pictured_at
        return call.linkedid not in self.alive and not in_picture


@dataclass(frozen=True, slots=True)
class BackfillLink:
    """What is asked of the AMI link and its tracker."""

    synced: asyncio.Event
    """Set while the tracker is in step with the PBX."""
    connections: Callable[[], int]
    """How many times it was made; grows with each."""
    in_progress: Callable[[], Collection[str]]
    """The linkedids of what goes on."""
    pictured_at: Callable[[], datetime | None]
    """The PBX's time when it last told all that lives on it."""


class FileAway(NotReady):
    """CEL's file is not there or cannot be read: correct `cel_file`, or let our user read it."""

    error_id = "cel-away"


class Backfill:
    """One PBX's CEL file. ``submit`` is the pump's, ``drained`` waits until what it was given is written."""

    def __init__(
        self,
        file: Path,
        pbx: PbxName,
        rules: TrunkRules,
        link: BackfillLink,
        pool: Pool,
        *,
        submit: CallListener,
        drained: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self.monitor_folder = MONITOR_FOLDER
        """Where the PBX puts recordings that are named without a whole path."""
        self._file = file
        self._pbx = pbx
        self._rules = rules
        self._link = link
        self._pool = pool
        self._submit = submit
        self._drained = drained
        self._clock = clock
        self._guesses: list[CallEnded] = []
        self._begun = asyncio.Event()
        self._complained = False
        self._caught_up = 0
        """The connection for which the file has been read, or could not be."""
        self._patience = Patience(f"cel {pbx}")
        self._log = structlog.get_logger(__name__).bind(pbx=pbx, file=str(file))

    def explain(self, guesses: Sequence[CallEnded]) -> None:
        """Take ends that nobody heard; they are told soon, as CEL has them or as they are.

        The first call, with what the daemon before us left (or nothing), lets the reading begin.
        """
        self._guesses += guesses
        self._begun.set()

    @property
    def caught_up(self) -> bool:
        """Whether the ledger has what CEL knows of the time before this connection, as far as it can be read."""
        return self._link.synced.is_set() and self._caught_up == self._link.connections() and not self._guesses

    async def run(self) -> None:
        """Catch up at each new connection, and note the place in between; ends only by being cancelled."""
        await self._begun.wait()
        await self._patience.forever(self._follow)  # in an outage the guesses wait for the ledger, which they are for

    async def _follow(self) -> None:
        await self._link.synced.wait()
        connection = self._link.connections()
        self._caught_up = 0  # until what is told now is written
        try:
            await self._catch_up()
            self._caught_up = connection
            self._complained = False
            await self._note_while(connection)
        except FileAway as error:
            self._complain(error)
            self._tell({}, self._guesses)
            self._caught_up = connection
            await asyncio.sleep(_RETRY_SECONDS)

    def _complain(self, error: FileAway) -> None:
        if not self._complained:
            self._log.warning("cel.away", reason=str(error), cure="see `ringback check`: pbx.cel_file")
        self._complained = True

    # --- noting -------------------------------------------------------------------------------------------------------

    async def _note_while(self, connection: int) -> None:
        notes = ConnectionNotes()
        while self._hears(connection):
            going_on = self._link.in_progress()
            notes.take(await self._from_file(end_of), going_on)
            if place := notes.safe(self._link.in_progress()):
                await self._keep(place)
            self._patience.well()
            await self._wait(connection)

    def _hears(self, connection: int) -> bool:
        return self._link.synced.is_set() and self._link.connections() == connection and not self._guesses

    async def _wait(self, connection: int) -> None:
        for _ in range(int(_NOTE_SECONDS / _LOOK_SECONDS)):
            await asyncio.sleep(_LOOK_SECONDS)
            if not self._hears(connection):
                return

    # --- catching up --------------------------------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        place = await self._place()
        if place is None:  # the first start: the past before us is not ours to tell
            self._tell({}, self._guesses)
            await self._keep(await self._from_file(end_of))
            return
        guesses = tuple(self._guesses)  # a call that ends from here on may end behind what is read: it waits its turn
        written = await self._from_file(lambda file: since(file, place))
        if not written.whole:
            self._log.warning("cel.rotated_away", cure="rotate without compressing at once (delaycompress)")
        calls, undecided = await self._calls(place)
        await self._drained()  # what was heard live meanwhile is in the ledger, and not ours
        known = await self._known(calls)
        submitted = self._tell(calls, guesses) | {guess.call.call_id for guess in self._guesses}
        for call_id, event in calls.items():
            if call_id not in known | submitted:
                self._log.warning("cel.call_found", call=call_id, disposition=event.call.disposition)
                self._submit(event)
        await self._drained()
        if not (self._link.in_progress() or self._guesses or undecided):
            await self._keep(written.end)

    async def _known(self, calls: Mapping[CallId, CallEnded]) -> set[CallId]:
        ended_at = [event.call.ended_at for event in calls.values()]
        talk = [event.call.talk for event in calls.values()]
        return {row["call_id"] for row in await self._pool.fetch(_SQL.known, list(calls), ended_at, talk)}

    async def _calls(self, place: FilePosition) -> tuple[dict[CallId, CallEnded], bool]:
        """Return the calls that are over, and whether there are some of which nobody knows.

        Over are those whose end CEL has, and those that died with their Asterisk. A call without an end that was gone
        before the file was read may just have ended: its last row is waited for.
        """
        gone = _Gone(frozenset(self._link.in_progress()), self._link.pictured_at())
        stretch = await self._read_since(place)
        if gone.among(stretch):
            await asyncio.sleep(_LAST_ROW_SECONDS)
            stretch = await self._read_since(place)
        ends = (close(call, self._clock()) for call in gone.among(stretch))
        dead = {call.call_id: CallEnded(call, call.ended_at or call.started_at) for call in ends}
        return stretch.ended | dead, any(map(gone.undecided, stretch.endless))

    async def _read_since(self, place: FilePosition) -> Stretch:
        written = await self._from_file(lambda file: since(file, place))
        return await self._from_file(lambda _: self._read(written.pieces))

    def _read(self, pieces: tuple[FilePiece, ...]) -> Stretch:
        return calls_in(lines(pieces, most=_LONGEST_LINE), self._pbx, self._rules, self.monitor_folder)

    def _tell(self, calls: Mapping[CallId, CallEnded], guesses: Sequence[CallEnded]) -> set[CallId]:
        """Return these guesses, which came first, as CEL has them if it does; return of which calls."""
        self._guesses = self._guesses[len(guesses) :]
        for guess in guesses:
            self._submit(calls.get(guess.call.call_id, guess))
        return {guess.call.call_id for guess in guesses}

    async def _from_file(self, read: Callable[[Path], _T]) -> _T:
        try:
            return await asyncio.to_thread(read, self._file)
        except OSError as error:
            raise FileAway(f"{self._file}: {error.strerror}") from error

    async def _place(self) -> FilePosition | None:
        row = await self._pool.fetchrow(_SQL.position, self._pbx)
        return FilePosition(int(row["inode"]), row["bytes"]) if row else None

    async def _keep(self, place: FilePosition) -> None:
        await self._pool.execute(_SQL.keep, self._pbx, str(place.inode), place.offset, self._clock())


# Which place of a file is to be kept: one that is before every call that goes on. Pure.
_MOST: Final = 120
"""Notes that are remembered: an hour's. A longer call is read from its middle, which merging with the ledger bears."""


class _Note(NamedTuple):
    place: FilePosition
    calls: frozenset[str]


class ConnectionNotes:
    """The notes of one connection, oldest first."""

    def __init__(self) -> None:
        self._notes: deque[_Note] = deque(maxlen=_MOST)

    def take(self, place: FilePosition, calls: Collection[str]) -> None:
        """Note that the file ends at ``place`` while ``calls`` (linkedids) go on."""
        self._notes.append(_Note(place, frozenset(calls)))

    def safe(self, calls: Collection[str]) -> FilePosition | None:
        """Return the last place but the newest before ``calls``, or the oldest one there is; None without notes.

        Not the newest: a dead link is noticed late, and what was written since may not have been heard.
        """
        before = list(self._notes)[:-1]
        if not before:
            return None
        return next((note.place for note in reversed(before) if note.calls.isdisjoint(calls)), before[0].place)
