"""Starts, stops and mutes tapes over AMI, so that each wanted call is recorded once.

`Recorder.hear` takes the call events as they happen (it cannot wait for a disk: a talk has begun) and puts them on a
queue; one task a PBX works it off. What to do is `segment.plan`'s decision; here it is done.

Two clocks race at an answer: a PBX that records by itself (FreePBX, a queue's own recording) starts its MixMonitor some
milliseconds before or after we hear of the answer. So we wait `grace_seconds`, then ask the channels themselves for
MIXMONITOR_FILENAME (this also finds tapes that were started while nobody listened), and only then start. A foreign tape
that comes even later is adopted, and ours stops.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import structlog

from telephony.errors import ActionRefused, RingbackError
from telephony.events import (
    CallAnswered,
    CallEnded,
    CallEvent,
    CallMerged,
    CallRecorded,
    CallRinging,
    CallStarted,
    CallTransferred,
)
from telephony.model import CallId, PbxName, RecordingSegment, Uniqueid
from telephony.ports import Actions, Clock
from telephony.postgres.pool import Pool
from telephony.recording import store
from telephony.recording.active_calls import ActiveCall, ActiveCalls
from telephony.recording.alarms import RecordingMetrics
from telephony.recording.errors import NotRecording
from telephony.recording.ledger import Policy
from telephony.recording.mixmonitor import FILE_VARIABLE, MixMonitorClient
from telephony.recording.plan.names import is_ours, tape_name
from telephony.recording.plan.policy import Wish, wants_any
from telephony.recording.plan.rows import OrderKind, RecordingOrder
from telephony.recording.plan.segment import RestartSegment, StartSegment, StopSegment, live_segments, plan
from telephony.recording.recorder_rows import RecorderRows
from telephony.recording.serial_queue import SerialQueue
from telephony.settings import RecordingSettings

_log = structlog.get_logger(__name__)

_FORGET_SECONDS = 0.15
"""After a stop, until Asterisk has freed the channel's hooks: some packets. Measured: 0.1 s is enough, 0 is not."""
_UNMOVED: Final = (CallStarted, CallRinging)
"""Events that start and stop nothing; most events are these."""


class Recorder:
    """All PBXs' tapes. `run` owns the tasks; `hear` is a `telephony.ports.CallListener`."""

    def __init__(
        self,
        pool: Pool,
        actions: Mapping[PbxName, Actions],
        policy: Policy,
        settings: RecordingSettings,
        metrics: RecordingMetrics,
        clock: Clock,
        has_room: Callable[[], bool],
    ) -> None:
        self._pool = pool
        self._rows = RecorderRows(pool, clock)
        self._policy = policy
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._has_room = has_room
        self._decks = {pbx: MixMonitorClient(action, settings.pbx_folder) for pbx, action in actions.items()}
        self._lanes = {pbx: SerialQueue() for pbx in actions}
        self._calls = ActiveCalls()

    # --- listening ----------------------------------------------------------------------------------------------------

    def hear(self, event: CallEvent) -> None:
        """Take note of what happened to a call; returns at once."""
        lane = self._lanes.get(event.call.pbx)
        if lane is not None and not isinstance(event, _UNMOVED):
            lane.put(partial(self._on_event, event))

    def linked(self, pbx: PbxName) -> None:
        """Tell a PBX whether its dialplan may record: after each login, for a restart makes it forget."""
        if lane := self._lanes.get(pbx):
            lane.put(partial(self._switch, pbx))

    def room_changed(self) -> None:
        """Tell all PBXs whether there is room."""
        for pbx in self._lanes:
            self.linked(pbx)

    async def run(self) -> None:
        """Work until cancelled; recordings that ran when the daemon stopped are remembered when the database can tell.

        What runs and is not remembered yet is found on its channel, before anything is started beside it.
        """
        await self._rows.recall(self._calls)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._rows.run(self._calls), name="recorder-rows")
                for pbx, lane in self._lanes.items():
                    group.create_task(lane.run(), name=f"recorder-{pbx}")
        finally:
            self._calls.cancel_timers()

    async def settled(self) -> None:
        """Wait until all that was heard is done, and what waits for a timer, too."""
        while True:
            for lane in self._lanes.values():
                await lane.done()
            await self._rows.written()
            last = self._calls.last_timer()
            if last is None:
                return
            await asyncio.sleep(max(0.0, last - asyncio.get_running_loop().time()))

    async def _switch(self, pbx: PbxName) -> None:
        await self._decks[pbx].switch(on=self._has_room() and wants_any(self._settings))

    async def _on_event(self, event: CallEvent) -> None:
        if isinstance(event, CallEnded):
            self._calls.forget(event.call.call_id)
            return
        watched = self._calls.watch(event.call)
        if isinstance(event, CallMerged):
            self._calls.merge(watched, event.absorbed)
            await self._apply(watched, moved=True)
        elif isinstance(event, CallAnswered):
            self._start_timer(watched, self._settings.grace_seconds)
        elif isinstance(event, CallTransferred):
            await self._apply(watched, moved=True)
        elif isinstance(event, CallRecorded):
            await self._on_recorded(watched, event.segment)

    def _start_timer(self, watched: ActiveCall, seconds: float) -> None:
        watched.cancel_timer()
        check = partial(self._after_timer, watched.call.call_id)
        watched.timer = self._lanes[watched.call.pbx].put_later(seconds, check)

    async def _after_timer(self, call_id: CallId) -> None:
        if watched := self._calls.find(call_id):
            watched.timer = None
            moved, watched.moved = watched.moved, False
            await self._apply(watched, moved=moved)

    async def _on_recorded(self, watched: ActiveCall, segment: RecordingSegment) -> None:
        if watched.add(segment) and watched.paused:
            await self._decks[watched.call.pbx].mute(segment.channel, muted=True)
        await self._apply(watched)

    # --- doing --------------------------------------------------------------------------------------------------------

    async def _apply(self, watched: ActiveCall, *, moved: bool = False, ordered: bool = False) -> None:
        wish = watched.ordered or self._policy(watched.call)
        steps = plan(watched.call, watched.segments, wish, moved=moved, paused=watched.paused)
        if watched.timer is not None and not ordered and not all(isinstance(step, StopSegment) for step in steps):
            watched.moved |= moved
            return  # what runs goes on until something may be started in its place
        for step in steps:
            match step:
                case StopSegment(segment):
                    await self._stop(watched, segment)
                case RestartSegment(segment):
                    await self._stop(watched, segment)
                    self._start_timer(watched, max(_FORGET_SECONDS, self._settings.grace_seconds))
                case StartSegment():
                    await self._start(watched, step, look_first=not moved and not ordered)

    async def _start(self, watched: ActiveCall, step: StartSegment, *, look_first: bool) -> None:
        if not self._has_room():
            _log.warning("recording.not_started", call_id=watched.call.call_id, why="no room on the disk")
            return
        deck = self._decks[watched.call.pbx]
        if look_first and await self._adopt_unheard(watched, deck, step):
            return
        now = self._clock()
        path = deck.path_of(tape_name(step.uniqueid, now, step.speaker))
        segment = RecordingSegment(path, step.channel, step.uniqueid, now)
        watched.add(segment)  # before the action: MIXMONITOR_FILENAME may be heard before its answer
        try:
            watched.ids[path] = await deck.start(step.channel, path)
        except RingbackError:
            watched.drop(segment)
            self._metrics.failed_starts.inc()
            raise
        self._metrics.started.inc()
        _log.info("recording.started", call_id=watched.call.call_id, channel=step.channel, path=path)
        if step.muted:
            await deck.mute(step.channel, muted=True)

    async def _adopt_unheard(self, watched: ActiveCall, deck: MixMonitorClient, step: StartSegment) -> bool:
        """Look for a tape that runs though nobody told us of it; tell whether there is one."""
        call = watched.call
        answerer = call.answered_by.channel if call.answered_by else ""
        places = {step.channel: step.uniqueid} | {
            leg.channel: leg.uniqueid for leg in call.legs if leg.channel == answerer
        }
        for channel, uniqueid in places.items():
            path = await deck.variable(channel, FILE_VARIABLE)
            if path and path not in watched.stopped:
                segment = RecordingSegment(path, channel, Uniqueid(uniqueid), self._clock())
                watched.add(segment)
                self._rows.adopt(call, segment)
                _log.info("recording.adopted", call_id=call.call_id, channel=channel, path=path)
                return True
        return False

    async def _stop(self, watched: ActiveCall, segment: RecordingSegment) -> None:
        deck = self._decks[watched.call.pbx]
        watched.drop(segment)
        watched.stopped.add(segment.path)
        try:
            if is_ours(segment.path):
                await deck.stop(segment.channel, watched.ids.pop(segment.path, ""))
            else:
                await deck.stop_first(segment.channel)
        except ActionRefused as error:  # its channel is gone, and the tape with it
            _log.debug("recording.stop_refused", call_id=watched.call.call_id, why=str(error))
        else:
            _log.info("recording.stopped", call_id=watched.call.call_id, channel=segment.channel, path=segment.path)

    # --- orders -------------------------------------------------------------------------------------------------------

    async def pause(self, call_id: CallId, by: str) -> None:
        """Write silence, both ways, until `resume`: while a card number is read out.

        Raises:
            NotRecording: nothing records this call.
            PbxUnavailable, ActionTimedOut: the PBX did not do it, or did not say so.
        """
        await self._mute(call_id, OrderKind.PAUSE, by)

    async def resume(self, call_id: CallId, by: str) -> None:
        """Write sound again. Raises what `pause` does."""
        await self._mute(call_id, OrderKind.RESUME, by)

    async def start(self, call_id: CallId, by: str) -> None:
        """Record a call in progress whatever the policy says, from now on. Raises what `pause` does."""
        await self._order(call_id, OrderKind.START, by)

    async def stop(self, call_id: CallId, by: str) -> None:
        """Record a call no longer; what is recorded is kept. Raises what `pause` does."""
        watched = await self._order(call_id, OrderKind.STOP, by)
        for segment in live_segments(watched.call, watched.segments):
            await self._stop(watched, segment)

    def _watched(self, call_id: CallId) -> ActiveCall:
        watched = self._calls.find(call_id)
        if watched is None:
            raise NotRecording(f"call {call_id} is not in progress")
        return watched

    async def _mute(self, call_id: CallId, kind: OrderKind, by: str) -> None:
        watched = self._watched(call_id)
        deck = self._decks[watched.call.pbx]
        muted = 0
        for channel in dict.fromkeys(segment.channel for segment in live_segments(watched.call, watched.segments)):
            try:
                await deck.mute(channel, muted=kind is OrderKind.PAUSE)
                muted += 1
            except ActionRefused as error:  # this tape's channel is gone; another may go on
                _log.debug("recording.mute_refused", call_id=call_id, why=str(error))
        if not muted and watched.timer is None:  # while it runs a tape may be about to start: it will be muted
            raise NotRecording(f"nothing records call {call_id}")
        await self._write_down(watched, kind, by)

    async def _order(self, call_id: CallId, kind: OrderKind, by: str) -> ActiveCall:
        watched = self._watched(call_id)
        await self._write_down(watched, kind, by)
        await self._apply(watched, ordered=True)
        return watched

    async def _write_down(self, watched: ActiveCall, kind: OrderKind, by: str) -> None:
        watched.obey(kind)
        order = RecordingOrder(kind, self._clock(), by)
        _log.info("recording.ordered", call_id=watched.call.call_id, order=kind, by=by)
        wanted = self._policy(watched.call) is not Wish.SKIP
        async with self._pool.acquire() as connection, connection.transaction():
            await store.add_order(connection, watched.call, order, wanted=wanted)
