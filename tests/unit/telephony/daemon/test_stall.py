"""No progress is noticed, and rest is not taken for it."""

from telephony.daemon.health import StandstillWatch


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_work_without_progress_stands_still_after_its_time() -> None:
    clock = Clock()
    stall = StandstillWatch(60, clock)
    assert not stall.stands_still(1, at_work=True)
    clock.now += 59
    assert not stall.stands_still(1, at_work=True)
    clock.now += 2
    assert stall.stands_still(1, at_work=True)
    assert not stall.stands_still(2, at_work=True)


def test_rest_is_no_stall_and_work_after_it_has_its_whole_time() -> None:
    clock = Clock()
    stall = StandstillWatch(60, clock)
    for _ in range(10):
        clock.now += 100
        assert not stall.stands_still(1, at_work=False)
    clock.now += 59
    assert not stall.stands_still(1, at_work=True)
