"""A full disk stops new recordings, with one alarm; they go on when there is clearly room again."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from telephony.daemon.parts import recording as recording_part
from telephony.postgres.door import PoolProxy
from telephony.postgres.pool import Pool
from telephony.recording import store
from telephony.recording.alarms import Alarms, RecordingMetrics
from telephony.recording.audio import find_program, writes
from telephony.recording.disk_space import DiskSpaceWatch, floor_of, has_room
from telephony.recording.errors import ConverterMissing
from telephony.recording.files import Room, room_of
from telephony.recording.plan.policy import Rules
from tests.integration.telephony.recording import reading
from tests.integration.telephony.recording.house import FakeClock, settings_in

MEGABYTE = 1_000_000


async def test_it_stops_below_the_floor_and_goes_on_well_above_it_with_one_alarm(pool: Pool, tmp_path: Path) -> None:
    free = 200
    told: list[bool] = []
    metrics = RecordingMetrics(CollectorRegistry())
    settings = settings_in(tmp_path, disk_floor_megabytes=100, disk_floor_percent=0, disk_resume_factor=1.5)
    watch = DiskSpaceWatch(
        pool, settings, Alarms(metrics), metrics, FakeClock(), lambda _: Room(free * MEGABYTE, 1000 * MEGABYTE)
    )
    watch.on_change(lambda: told.append(watch()))
    seen = []
    for free in (200, 99, 50, 120, 149, 150, 120):  # noqa: B007 - the look above reads it
        await watch.look()
        seen.append(watch())
        assert bool(watch.why_not) is not watch()
    assert seen == [True, False, False, False, False, True, True]
    assert told == [False, True]
    rows = await pool.fetch("SELECT cause, cleared_at IS NOT NULL AS cleared FROM recording_alarms")
    assert [tuple(row) for row in rows] == [("disk_full", True)]


async def test_what_could_not_be_told_and_is_over_is_not_waited_for(pool: Pool, tmp_path: Path) -> None:
    """The database was away for just as long as the disk was full: then nobody waits for it any more."""
    free, door = 200, PoolProxy()
    settings = settings_in(tmp_path, disk_floor_megabytes=100, disk_floor_percent=0)
    metrics = RecordingMetrics(CollectorRegistry())
    watch = DiskSpaceWatch(
        door.pool, settings, Alarms(metrics), metrics, FakeClock(), lambda _: Room(free * MEGABYTE, 1000 * MEGABYTE)
    )
    door.open(pool)
    await watch.look()
    with capture_logs() as logs:
        await door.close()
        free = 50
        await watch.look()
        free = 200
        await watch.look()
    loops = [log["event"] for log in logs if log["event"].startswith("loop.")]
    assert loops == ["loop.waits", "loop.goes_on"]


async def test_a_full_disk_shows_on_healthz(pool: Pool, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, disk_floor_megabytes=10**12, disk_floor_percent=0)
    recording = recording_part.make(pool, {}, settings, Rules(), CollectorRegistry(), FakeClock())
    await recording.room.look()
    told = recording.part()
    assert (told.name, told.healthy) == ("recording room", False)
    assert told.said.startswith("no new recordings: ")


async def test_an_alarm_that_another_daemon_raised_before_us_is_cleared_when_there_is_room(
    pool: Pool, tmp_path: Path
) -> None:
    clock = FakeClock()
    async with pool.acquire() as connection:
        await store.raise_alarm(connection, None, "disk_full", "x", clock())
    metrics = RecordingMetrics(CollectorRegistry())
    await DiskSpaceWatch(
        pool, settings_in(tmp_path), Alarms(metrics), metrics, clock, lambda _: Room(10**12, 10**12)
    ).look()
    async with pool.acquire() as connection:
        assert await reading.open_alarms(connection) == []


def test_the_larger_floor_counts() -> None:
    assert floor_of(Room(0, 1000 * MEGABYTE), 10, 2) == 20 * MEGABYTE
    assert floor_of(Room(0, 1000 * MEGABYTE), 30, 2) == 30 * MEGABYTE
    assert has_room(Room(100, 1), 100, had_room=True, resume_factor=2)
    assert not has_room(Room(100, 1), 100, had_room=False, resume_factor=2)


def test_the_room_of_a_folder_that_is_not_made_yet_is_its_disks(tmp_path: Path) -> None:
    assert room_of(tmp_path / "a" / "b").total == room_of(tmp_path).total > 0


async def test_a_program_that_is_no_ffmpeg_cannot_write_mp3(tmp_path: Path) -> None:
    assert await writes(find_program(""), "mp3")
    assert await writes(find_program(""), "opus")
    assert not await writes("/bin/true", "mp3")
    assert not await writes(str(tmp_path / "none"), "mp3")
    with pytest.raises(ConverterMissing):
        find_program(str(tmp_path / "none"))
