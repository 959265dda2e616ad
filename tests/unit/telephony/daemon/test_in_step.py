"""Callbacks wait for what the PBX told and for what CEL knows, and not for ever."""

from dataclasses import dataclass

from telephony.calls.pump_figures import PumpFigures
from telephony.daemon.in_step import LedgerInStep
from tests.builders import PBX


@dataclass
class File:
    caught_up: bool = False


def test_a_cel_file_that_is_being_read_is_waited_for() -> None:
    file = File()
    in_step = LedgerInStep(PumpFigures, {PBX: file}, lambda: 0.0)
    assert not in_step(PBX)
    file.caught_up = True
    assert in_step(PBX)


def test_a_backlog_is_waited_for_and_a_queue_that_moves_is_none() -> None:
    figures = PumpFigures(submitted=10, waiting=10)
    in_step = LedgerInStep(lambda: figures, {}, lambda: 0.0)
    assert in_step(PBX), "what came since the last question may be on its way"
    assert not in_step(PBX)
    figures.submitted, figures.waiting = 25, 15
    assert in_step(PBX)
    figures.submitted, figures.waiting = 30, 30
    assert not in_step(PBX)


def test_an_earlier_daemons_events_on_disk_are_a_backlog() -> None:
    figures = PumpFigures(submitted=0, waiting=200, on_disk=200)
    in_step = LedgerInStep(lambda: figures, {}, lambda: 0.0)
    assert not in_step(PBX)
    figures.waiting = 0
    assert in_step(PBX)


def test_what_stays_behind_is_not_waited_for_longer_than_a_minute() -> None:
    time = [0.0]
    in_step = LedgerInStep(PumpFigures, {PBX: File()}, lambda: time[0])
    assert not in_step(PBX)
    time[0] = 61.0
    assert in_step(PBX)
