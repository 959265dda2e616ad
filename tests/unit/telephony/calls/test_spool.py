"""The spool on a real disk: what was told safe is there after any end of the process, once and in order."""

import os
import resource
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telephony.calls.spool import SEGMENT_BYTES, Spool, SpoolFull
from telephony.calls.spool_format import HEADER, DamagedRecord, event_of, line_of
from telephony.events import CallEvent
from tests.builders import after
from tests.stories import story

STORY = story()


def told(count: int) -> list[CallEvent]:
    return [event for number in range(count) for event in story(number, at=after(number))][:count]


@asynccontextmanager
async def spool_in(folder: Path, bound: int = 10_000_000, segment_bytes: int = SEGMENT_BYTES) -> AsyncIterator[Spool]:
    spool = Spool(folder, bound, segment_bytes=segment_bytes)
    await spool.open()
    try:
        yield spool
    finally:
        await spool.close()


async def drained(spool: Spool, at_once: int = 7) -> list[CallEvent]:
    events: list[CallEvent] = []
    while spool.waiting:
        batch = await spool.read(at_once)
        events += batch.events
        await spool.done(batch.lines, batch.end)
    return events


def test_an_event_survives_as_it_was() -> None:
    for event in [*STORY, *story(1, missed=True)]:
        assert event_of(line_of(event)) == event


@given(name=st.text(max_size=30))
def test_any_name_survives_and_is_one_line(name: str) -> None:
    event = story(customer=name)[0]
    line = line_of(event)
    assert line.count(b"\n") == 1
    assert event_of(line) == event


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_line_that_was_changed_anywhere_is_known_as_damaged(data: st.DataObject) -> None:
    line = bytearray(line_of(STORY[0])[:-1])
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DamagedRecord):
        event_of(bytes(line))


async def test_events_come_back_in_order_over_segments_and_leave_no_file(tmp_path: Path) -> None:
    events = told(50)
    async with spool_in(tmp_path, segment_bytes=3_000) as spool:
        for at in range(0, 50, 5):
            await spool.append(events[at : at + 5])
        assert len(list(tmp_path.glob("*.spool"))) > 3
        assert await drained(spool) == events
        assert list(tmp_path.glob("*.spool")) == []
        await spool.append(events[:3])
        assert await drained(spool) == events[:3]


async def test_another_process_finds_what_was_left_and_writes_behind_it(tmp_path: Path) -> None:
    events = told(20)
    async with spool_in(tmp_path, segment_bytes=5_000) as spool:
        await spool.append(events[:10])
        batch = await spool.read(3)
        await spool.done(batch.lines, batch.end)
    async with spool_in(tmp_path) as spool:
        await spool.append(events[10:])
        found = await drained(spool)
    assert found[-17:] == events[3:]  # the beginning of a segment may be read twice


async def test_who_is_killed_again_and_again_gets_on_in_between(tmp_path: Path) -> None:
    """What was done before a kill is not all read again, however much there is: else nothing would ever be drained."""
    events = told(1_600)
    async with spool_in(tmp_path) as spool:
        for at in range(0, len(events), 40):
            await spool.append(events[at : at + 40])
    left = len(events)
    for _ in range(20):
        async with spool_in(tmp_path) as spool:  # killed: nothing is said at the end
            assert spool.waiting <= left
            left = spool.waiting
            batch = await spool.read(400)
            await spool.done(batch.lines, batch.end)
            if not spool.waiting:
                return
    pytest.fail(f"{left} events are still there")


@given(cut=st.integers(0, 4_000))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_segment_torn_anywhere_gives_all_whole_lines_before(tmp_path: Path, cut: int) -> None:
    folder = tmp_path / str(cut)
    events = told(4)
    content = HEADER + b"".join(map(line_of, events))
    folder.mkdir(exist_ok=True)
    (folder / "events-00000007.spool").write_bytes(content[: max(0, len(content) - cut)])
    async with spool_in(folder) as spool:
        await spool.append(told(1))
        found = await drained(spool)
    whole = [event for number, event in enumerate(events) if _end_of(events, number) <= len(content) - cut]
    assert found[: len(whole)] == whole
    assert found[-1] == told(1)[0]
    assert len(found) - len(whole) in {1, 2}  # a line whose newline alone is missing is a whole one
    assert not (folder / "damaged.jsonl").exists()


def _end_of(events: list[CallEvent], number: int) -> int:
    return len(HEADER) + sum(len(line_of(event)) for event in events[: number + 1])


async def test_a_damaged_line_is_set_aside_with_its_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    events = told(5)
    lines = [line_of(event) for event in events]
    lines[1] = b"\xff\x00" + lines[1][2:]
    lines[3] = b"garbage\n"
    (tmp_path / "events-00000001.spool").write_bytes(HEADER + b"".join(lines))
    async with spool_in(tmp_path) as spool:
        assert await drained(spool, at_once=1) == [events[0], events[2], events[4]]
    aside = (tmp_path / "damaged.jsonl").read_text().splitlines()
    assert len(aside) == 2
    assert all("the checksum is wrong" in line for line in aside)


async def test_a_segment_of_an_unknown_format_is_put_aside_whole(tmp_path: Path) -> None:
    (tmp_path / "events-00000001.spool").write_bytes(b"ringback-spool 2\nwhatever\n")
    async with spool_in(tmp_path) as spool:
        assert spool.waiting == 0
    assert (tmp_path / "events-00000001.unknown").exists()


async def test_the_bound_holds_and_what_is_done_makes_room(tmp_path: Path) -> None:
    events = told(8)
    async with spool_in(tmp_path, bound=3 * len(line_of(events[0])) + 100, segment_bytes=1) as spool:
        await spool.append(events[:2])
        with pytest.raises(SpoolFull):
            await spool.append(events[2:])
        assert await drained(spool) == events[:2]
        await spool.append(events[:1])


async def test_numbers_and_names_are_for_us_alone(tmp_path: Path) -> None:
    async with spool_in(tmp_path / "spool") as spool:
        await spool.append(STORY)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "spool").iterdir()}
        assert modes == {0o600}
        assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700


async def test_a_folder_has_one_daemon(tmp_path: Path) -> None:
    async with spool_in(tmp_path):
        second = Spool(tmp_path, 1_000)
        with pytest.raises(OSError, match="another daemon"):
            await second.open()
        await second.close()


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """A real disk's refusal: the kernel writes up to here, then says EFBIG (Python ignores SIGXFSZ)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_an_append_that_the_disk_cuts_short_leaves_nothing_of_it(tmp_path: Path) -> None:
    events = told(6)
    async with spool_in(tmp_path) as spool:
        await spool.append(events[:2])
        size = (tmp_path / "events-00000001.spool").stat().st_size
        with files_no_longer_than(size + 700), pytest.raises(OSError, match="large"):
            await spool.append(events[2:])
        assert (tmp_path / "events-00000001.spool").stat().st_size == size
        await spool.append(events[2:])
        assert await drained(spool) == events


async def test_a_segment_that_somebody_removed_holds_up_nothing(tmp_path: Path) -> None:
    events = told(6)
    async with spool_in(tmp_path, segment_bytes=1) as spool:
        for event in events:
            await spool.append([event])
        os.unlink(tmp_path / "events-00000002.spool")  # noqa: PTH108 - as a hand would
        batch = await spool.read(10)
        assert batch.events == [events[0], *events[2:]]
        await spool.done(batch.lines, batch.end)
        assert spool.waiting == 0
