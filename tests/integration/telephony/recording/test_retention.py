"""Old recordings are deleted by kind, never a held one, and what was deleted is written down."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from telephony.events import CallRecorded
from telephony.model import Call, CallId
from telephony.recording import retention
from telephony.recording.plan.rows import ArchiveStage, Keeping
from telephony.recording.retention import limits
from tests.integration.telephony.recording.house import THERE, House, ours, write_tape
from tests.unit.telephony.recording.calls import START, inbound, outbound


async def kept(house: House, call: Call, uniqueid: str) -> Call:
    segment = ours(uniqueid)
    write_tape(house.file_of(segment), 60)
    whole = await house.recorded(call, segment)
    await house.work()
    return whole


async def test_what_is_too_old_for_its_kind_goes_and_is_written_down(house_with: Callable[..., House]) -> None:
    house = house_with(keep_days_inbound=10, keep_days_outbound=30)
    old = await kept(house, inbound(ended=True), "1.1")
    young = await kept(house, replace(outbound(ended=True), call_id=CallId("pbx:2.1")), "2.1")
    (recording,) = await house.recordings(old.call_id)
    house.clock.now = START + timedelta(days=11)
    assert await house.retention.tidy() == 1
    assert await house.retention.tidy() == 0

    (gone,) = await house.recordings(old.call_id)
    assert gone.deleted_at == house.clock.now
    assert gone.sha256 == recording.sha256
    (left,) = await house.recordings(young.call_id)
    assert house.kept_files() == [left.path]
    row = await house.pool.fetchrow("SELECT * FROM recording_deletions")
    assert row is not None
    assert (row["path"], row["sha256"], row["reason"], row["was_there"]) == (
        recording.path,
        recording.sha256,
        "retention",
        True,
    )


async def test_a_sound_that_cannot_be_removed_keeps_its_row_and_the_others_go(house_with: Callable[..., House]) -> None:
    house = house_with(keep_days_inbound=10)
    stuck = await kept(house, inbound(ended=True), "1.1")
    other = await kept(house, replace(inbound(ended=True), call_id=CallId("pbx:2.1")), "2.1")
    (recording,) = await house.recordings(stuck.call_id)
    path = house.settings.folder / str(recording.path)
    path.unlink()
    path.mkdir()  # even root cannot unlink that
    house.clock.now = START + timedelta(days=11)
    assert await house.retention.tidy() == 1
    assert (await house.recordings(stuck.call_id))[0].deleted_at is None
    assert (await house.recordings(other.call_id))[0].deleted_at == house.clock.now
    path.rmdir()
    assert await house.retention.tidy() == 1


async def test_a_held_call_stays_until_the_hold_is_lifted(house: House) -> None:
    call = await kept(house, inbound(ended=True), "1.1")
    async with house.pool.acquire() as connection:
        assert await retention.hold(connection, call.call_id, held=True)
        assert not await retention.hold(connection, CallId("pbx:none"), held=True)
    house.clock.now = START + timedelta(days=4000)
    assert await house.retention.tidy() == 0
    assert await house.retention.erase(call.call_id, reason="asked for", by="olena") == 0
    assert len(house.kept_files()) == 1
    async with house.pool.acquire() as connection:
        await retention.hold(connection, call.call_id, held=False)
    assert await house.retention.tidy() == 1
    assert house.kept_files() == []


async def test_who_erased_a_calls_recordings_and_why_is_known(house: House) -> None:
    call = await kept(house, inbound(ended=True), "1.1")
    assert await house.retention.erase(call.call_id, reason="asked for", by="olena") == 1
    row = await house.pool.fetchrow("SELECT reason, by_whom FROM recording_deletions")
    assert row is not None
    assert tuple(row) == ("asked for", "olena")
    assert house.kept_files() == []


async def test_a_file_that_another_hand_removed_is_written_down_as_such(house: House) -> None:
    call = await kept(house, inbound(ended=True), "1.1")
    (house.settings.folder / house.kept_files()[0]).unlink()
    assert await house.retention.erase(call.call_id, reason="asked for", by="olena") == 1
    assert await house.pool.fetchval("SELECT was_there FROM recording_deletions") is False


async def test_an_original_that_was_kept_for_a_bad_copy_goes_with_it(house: House) -> None:
    write_tape(house.file_of(ours()), 60, 0, 0)
    await house.recorded(inbound(ended=True), ours())
    await house.work()
    assert len(house.originals()) == 1
    house.clock.now = START + timedelta(days=361)
    assert await house.retention.tidy() == 1
    assert house.originals() == []


async def test_a_row_written_by_hand_deletes_nothing_outside(house: House) -> None:
    call = await kept(house, inbound(ended=True), "1.1")
    outside = house.settings.folder.parent / "precious"
    outside.write_text("x")
    await house.pool.execute("UPDATE recordings SET path = '../precious'")
    assert await house.retention.erase(call.call_id, reason="x", by="y") == 1
    assert outside.exists()


async def test_a_call_whose_end_was_never_heard_is_taken_as_ended_and_its_file_is_kept(house: House) -> None:
    write_tape(house.file_of(ours()), 60)
    await house.hear(CallRecorded(inbound(), START, ours()))
    await house.retention.tidy()
    assert (await house.verdict(inbound().call_id)).stage is ArchiveStage.OPEN
    house.clock.now = START + timedelta(hours=13)
    await house.retention.tidy()
    await house.work()
    assert (await house.verdict(inbound().call_id)).stage is ArchiveStage.DONE
    assert len(house.kept_files()) == 1


async def test_a_tape_that_no_call_ever_claimed_goes_when_it_is_older_than_all_limits(house: House) -> None:
    write_tape(house.spool / "rb-8.8-1772445600-c.raw", 1)
    write_tape(house.monitor / "in-8.8.wav", 1)
    house.clock.now = START + timedelta(days=359)
    await house.retention.tidy()
    assert len(house.originals()) == 2
    house.clock.now = START + timedelta(days=361)
    await house.retention.tidy()
    assert house.originals() == ["in-8.8.wav"]


def test_each_kind_has_its_own_limit(house_with: Callable[..., House]) -> None:
    settings = house_with(keep_days_inbound=1, keep_days_unanswered=2).settings
    found = limits(settings, START)
    assert found[Keeping.INBOUND] == START - timedelta(days=1)
    assert found[Keeping.UNANSWERED] == START - timedelta(days=2)
    assert found[Keeping.INTERNAL] == START - timedelta(days=360)


async def test_a_message_that_a_caller_left_goes_with_its_age_but_not_one_outside_the_shared_folders(
    house_with: Callable[..., House],
) -> None:
    house = house_with(keep_days_unanswered=10)
    for file in (f"{THERE}/rb-message-1.1.wav", "/etc/rb-message-1.2.wav"):
        await house.pool.execute(_LEFT, START, file)
    (house.monitor / "rb-message-1.1.wav").write_bytes(b"RIFF")
    house.clock.now = START + timedelta(days=9)
    assert await house.retention.tidy() == 0
    house.clock.now = START + timedelta(days=11)
    assert await house.retention.tidy() == 1
    assert house.originals() == []
    assert await house.pool.fetchval("SELECT file FROM published.caller_messages") == "/etc/rb-message-1.2.wav"


_LEFT = """
WITH request AS (
    INSERT INTO callback_requests (pbx, customer, heard_number, name, did, trunk, state, waits_for, misses,
                                   first_missed_at, last_missed_at, last_call_id, due_at, round_began_at)
    VALUES ('pbx', '+38067' || right($2, 7), '', '', '', '', 'waiting', 'new', 1, $1, $1, 'pbx:1.1', $1, $1)
    RETURNING request_id
)
INSERT INTO caller_messages (request_id, call_id, file, left_at) SELECT request_id, 'pbx:1.1', $2, $1 FROM request
"""
