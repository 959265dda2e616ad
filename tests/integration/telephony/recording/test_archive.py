"""After a call's end: its files are kept, judged and cleared away; what is not good is an alarm, once."""

import hashlib
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from telephony.events import CallEnded, CallMerged, CallRecorded
from telephony.model import CallId, MissedReason, RecordingSegment
from telephony.recording import store
from telephony.recording.plan.rows import ArchiveStage, OrderKind, RecordingOrder
from telephony.recording.plan.verdict import SoundVerdict
from tests.integration.telephony.recording import reading
from tests.integration.telephony.recording.house import THERE, House, ours, write_tape
from tests.unit.telephony.recording.calls import CUSTOMER, END, MANAGER, START, foreign, inbound, outbound

CALL = inbound(ended=True)
CLOSED = replace(inbound(answered=False, ended=True), missed_reason=MissedReason.OFF_HOURS)


async def test_a_good_recording_is_kept_whole_described_and_its_original_goes(house: House) -> None:
    write_tape(house.file_of(ours()), 60)
    await house.recorded(CALL, ours())
    await house.work()

    assert (await house.verdict(CALL.call_id)).verdict is SoundVerdict.GOOD
    (only,) = await house.recordings(CALL.call_id)
    assert only.sound is not None
    assert only.sound.seconds == pytest.approx(60, abs=0.1)
    left, right = only.sound.sides
    assert left.level == pytest.approx(-15.3, abs=0.5)
    assert right.level == pytest.approx(-15.3, abs=0.5)
    assert len(left.peaks) == len(right.peaks) == 1000
    assert min(left.peaks[10:990]) > 50
    assert house.kept_files() == [only.path]
    kept = house.settings.folder / str(only.path)
    assert only.sha256 == hashlib.sha256(kept.read_bytes()).digest()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert house.originals() == []
    assert await house.alarms() == []


async def test_left_and_right_are_exchanged_if_the_manager_carried_the_tape(house: House) -> None:
    for side, channel in (("m", MANAGER), ("x", MANAGER)):
        segment = ours("1.1", side, channel)
        write_tape(house.file_of(segment), 60, first=0, second=440)
        call = replace(outbound(ended=True), call_id=CallId(f"pbx:{side}"))
        await house.recorded(call, segment)
        await house.work()
        (only,) = await house.recordings(call.call_id)
        assert only.sound is not None
        assert only.sound.sides[0].voiced_seconds > 50
        assert only.sound.sides[1].voiced_seconds < 1
        await house.pool.execute("DELETE FROM recordings")


async def test_opus_by_setting(house_with: Callable[..., House]) -> None:
    house = house_with(format="opus")
    write_tape(house.file_of(ours()), 60)
    await house.recorded(CALL, ours())
    await house.work()
    (only,) = await house.recordings(CALL.call_id)
    assert (only.format, only.verdict) == ("opus", SoundVerdict.GOOD)
    assert only.sound is not None
    assert only.sound.seconds == pytest.approx(60, abs=0.1)


async def test_nothing_is_converted_while_the_file_still_grows(house: House) -> None:
    path = write_tape(house.file_of(ours()), 30)
    await house.recorded(CALL, ours())
    assert await house.archive.work_one()
    assert not await house.archive.work_one()
    write_tape(path, 60)
    house.clock.pass_(2)
    assert await house.archive.work_one()
    assert house.kept_files() == []
    await house.work()
    (only,) = await house.recordings(CALL.call_id)
    assert only.sound is not None
    assert only.sound.seconds == pytest.approx(60, abs=0.1)


@pytest.mark.parametrize(
    ("seconds", "first", "second", "expected"),
    [
        (40, 440, 880, SoundVerdict.SHORT),
        (60, 0, 0, SoundVerdict.SILENT),
        (60, 0, 880, SoundVerdict.ONE_SIDED),
        (0, 440, 880, SoundVerdict.UNREADABLE),
    ],
)
async def test_what_is_not_good_is_an_alarm_and_its_original_stays(
    house: House, seconds: float, first: float, second: float, expected: SoundVerdict
) -> None:
    write_tape(house.file_of(ours()), seconds, first, second)
    await house.recorded(CALL, ours())
    await house.work()

    found = await house.verdict(CALL.call_id)
    assert (found.verdict, found.stage) == (expected, ArchiveStage.DONE)
    (alarm,) = await house.alarms()
    assert (alarm.call_id, alarm.cause) == (CALL.call_id, expected.value)
    assert [each.id for each in house.alarms_told] == [alarm.id]
    heard = expected in {SoundVerdict.SHORT, SoundVerdict.ONE_SIDED}
    assert bool(house.originals()) is not heard


async def test_an_answered_call_that_nothing_recorded_is_an_alarm(house: House) -> None:
    await house.hear(CallEnded(CALL, END))
    await house.work()
    assert (await house.verdict(CALL.call_id)).verdict is SoundVerdict.MISSING
    (alarm,) = await house.alarms()
    assert alarm.why == "nothing recorded it"
    assert house.clock.now - END < timedelta(seconds=30)


async def test_a_file_that_comes_late_is_waited_for(house: House) -> None:
    await house.recorded(CALL, ours())
    for _ in range(3):
        await house.archive.work_one()
        house.clock.pass_(2)
    write_tape(house.file_of(ours()), 60)
    await house.work()
    assert (await house.verdict(CALL.call_id)).verdict is SoundVerdict.GOOD
    assert await house.alarms() == []


async def test_a_tape_that_nobody_told_of_is_found_by_its_channel(house: House) -> None:
    write_tape(house.spool / "rb-1.1-1772445600-c.raw", 60)
    write_tape(house.spool / "rb-9.9-1772445600-c.raw", 1)
    await house.hear(CallEnded(CALL, END))
    await house.work()
    assert (await house.verdict(CALL.call_id)).verdict is SoundVerdict.GOOD
    assert house.originals() == ["rb-9.9-1772445600-c.raw"]


async def test_the_pbx_own_file_is_copied_as_it_is_and_stays(house: House) -> None:
    segment = foreign("1.1")
    path = house.monitor / "2026" / "in-1.1.wav"
    raw = write_tape(house.monitor / "x.raw", 30)  # 30 s of stereo are 60 s of mono
    header = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\xff\xff\xff\xff"
    path.parent.mkdir()
    path.write_bytes(header + raw.read_bytes())
    raw.unlink()
    await house.recorded(CALL, replace(segment, path=f"{THERE}/2026/in-1.1.wav"))
    await house.work()
    (only,) = await house.recordings(CALL.call_id)
    assert only.adopted
    assert only.sound is not None
    assert len(only.sound.sides) == 1
    assert (await house.verdict(CALL.call_id)).verdict is SoundVerdict.GOOD
    assert house.originals() == ["in-1.1.wav"]


async def test_our_tape_beside_a_whole_recording_of_the_pbx_is_dropped(house: House) -> None:
    theirs = RecordingSegment(f"{THERE}/in.sln", CUSTOMER, foreign("1.1").uniqueid, START)
    write_tape(house.monitor / "in.sln", 30)
    write_tape(house.file_of(ours()), 60)
    await house.recorded(CALL, ours(), theirs)
    await house.work()
    first, second = sorted(await house.recordings(CALL.call_id), key=lambda each: each.adopted)
    assert (first.verdict, first.path) == (SoundVerdict.NOT_WANTED, None)
    assert (second.verdict, second.adopted) == (SoundVerdict.GOOD, True)
    assert house.originals() == ["in.sln"]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", f"{THERE}/../../../../etc/passwd", f"{THERE}/link.wav", f"{THERE}/folder"]
)
async def test_a_file_outside_the_shared_folders_is_never_opened(house: House, path: str) -> None:
    (house.monitor / "link.wav").symlink_to("/etc/passwd")
    (house.monitor / "folder").mkdir()
    await house.recorded(CALL, RecordingSegment(path, CUSTOMER, foreign("1.1").uniqueid, START))
    await house.work()
    assert (await house.verdict(CALL.call_id)).verdict in {
        SoundVerdict.REFUSED,
        SoundVerdict.UNREADABLE,
        SoundVerdict.MISSING,
    }
    assert house.kept_files() == []
    assert len(await house.alarms()) == 1


async def test_what_is_no_sound_is_unreadable_and_stays_where_it_is(house: House) -> None:
    (house.monitor / "in.wav").write_bytes(b"#EXTM3U\nhttp://example.invalid/a.mp3\n" * 100)
    await house.recorded(CALL, RecordingSegment(f"{THERE}/in.wav", CUSTOMER, foreign("1.1").uniqueid, START))
    await house.work()
    found = await house.verdict(CALL.call_id)
    assert found.verdict is SoundVerdict.UNREADABLE
    assert house.originals() == ["in.wav"]


async def test_a_call_that_the_policy_does_not_want_leaves_nothing_of_ours(house_with: Callable[..., House]) -> None:
    house = house_with(record=False)
    write_tape(house.file_of(ours()), 60)
    write_tape(house.monitor / "in.sln", 5)
    theirs = RecordingSegment(f"{THERE}/in.sln", CUSTOMER, foreign("1.1").uniqueid, START)
    await house.recorded(CALL, ours(), theirs)
    await house.work()
    assert (await house.verdict(CALL.call_id)).verdict is SoundVerdict.NOT_WANTED
    assert house.kept_files() == []
    assert house.originals() == ["in.sln"]
    assert await house.alarms() == []


async def test_an_order_to_record_overrides_the_policy(house_with: Callable[..., House]) -> None:
    house = house_with(record=False)
    write_tape(house.file_of(ours()), 5)
    async with house.pool.acquire() as connection:
        await store.add_order(connection, inbound(), RecordingOrder(OrderKind.START, START, "olena"), wanted=False)
    await house.recorded(CALL, ours())
    await house.work()
    found = await house.verdict(CALL.call_id)
    assert found.verdict is SoundVerdict.GOOD, found.why


async def test_a_call_taken_in_by_another_gives_it_its_recordings(house: House) -> None:
    other = inbound(call_id="pbx:7.1")
    write_tape(house.file_of(ours("7.1")), 20)
    write_tape(house.file_of(ours()), 45)
    await house.hear(CallRecorded(other, START, ours("7.1")))
    await house.hear(CallMerged(inbound(), START, other.call_id))
    await house.recorded(CALL, ours())
    await house.work()
    assert len(await house.recordings(CALL.call_id)) == 2
    assert (await house.verdict(CALL.call_id)).verdict is SoundVerdict.GOOD
    async with house.pool.acquire() as connection:
        assert await reading.call_verdict(connection, other.call_id) is None


async def test_the_tape_of_a_whole_call_that_found_us_closed_is_kept_and_the_empty_one_is_not(house: House) -> None:
    whole, empty = ours(side="w"), ours()
    write_tape(house.file_of(whole), 12)
    write_tape(house.file_of(empty), 0)
    await house.recorded(CLOSED, whole, empty)
    await house.work()
    await assert_whole_tape_kept(house)


async def test_it_is_found_on_the_disk_if_nobody_told_of_it(house: House) -> None:
    write_tape(house.file_of(ours(side="w")), 12)
    await house.recorded(CLOSED)
    await house.work()
    await assert_whole_tape_kept(house)


async def assert_whole_tape_kept(house: House) -> None:
    assert (await house.verdict(CLOSED.call_id)).verdict is SoundVerdict.GOOD
    [kept] = [one for one in await house.recordings(CLOSED.call_id) if one.path is not None]
    assert kept.sound is not None
    assert kept.sound.seconds == pytest.approx(12, abs=0.1)
    assert house.originals() == []
    assert await house.alarms() == []
    assert await house.pool.fetchval("SELECT keeping FROM recorded_calls") == "unanswered"
