"""A manager who is away is not rung, the deputy is, at once; whose customers they are stays."""

from datetime import timedelta

import pytest

from telephony.callback.presence.absences import AbsenceRefused, NoSuchAbsence
from telephony.callback.presence.board import PhonePresence, PhoneState
from telephony.directory.model import ManagerId
from telephony.voice.dialogs.caller_port import Caller
from tests.builders import CUSTOMER, PBX
from tests.integration.telephony.callback.stage import Stage

IVAN, OLENA = ManagerId("ivan"), ManagerId("olena")


async def owner_phone(stage: Stage) -> str | None:
    asked = stage.callbacks.callers_owner()
    return await asked.owner_phone(Caller("1.1", CUSTOMER, ""))


async def test_the_deputy_is_rung_at_once_for_an_absent_owner_and_the_owner_stays(stage: Stage) -> None:
    await stage.own("ivan")
    await stage.callbacks.absences.announce(IVAN, since=None, until=None, reason="vacation", by="boss")
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/102"]
    request = await stage.request()
    assert (request.owner, (await stage.attempt()).step) == ("ivan", "deputy")


async def test_dnd_on_the_phone_is_an_absence(stage: Stage) -> None:
    await stage.own("ivan")
    stage.pbx.states["Custom:DND101"] = "BUSY"  # what FreePBX's *78 sets
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/102"]
    assert await owner_phone(stage) == "PJSIP/102"


async def test_dnd_in_the_pbx_s_own_database_is_an_absence_too(stage: Stage) -> None:
    await stage.own("ivan")
    stage.pbx.database.add(("DND", "101"))  # FreePBX without device states
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/102"]


@pytest.mark.parametrize(
    ("contacts", "written", "rung"),
    [
        ("PJSIP/101/sip:101@10.0.0.7:5060&PJSIP/101/sip:101@10.0.0.9:41022", "1", "Local/101@ringback-ring/n"),
        ("PJSIP/101/sip:101@10.0.0.7:5060&PJSIP/101/sip:101@10.0.0.9:41022", "0", "PJSIP/101"),
        ("PJSIP/101/sip:101@10.0.0.7:5060", "1", "PJSIP/101"),
    ],
)
async def test_several_telephones_of_one_extension_ring_together_if_the_dialplan_can(
    stage: Stage, contacts: str, written: str, rung: str
) -> None:
    await stage.own("ivan")
    stage.pbx.globals["PJSIP_DIAL_CONTACTS(101)"] = contacts
    stage.pbx.globals["DIALPLAN_EXISTS(ringback-ring,101,1)"] = written
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == [rung]


async def test_before_it_begins_and_when_it_is_over_they_are_rung_as_always(stage: Stage) -> None:
    await stage.own("ivan")
    hour = timedelta(hours=1)
    now = stage.clock.now
    await stage.callbacks.absences.announce(IVAN, since=now + hour, until=now + 2 * hour, reason="", by="boss")
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/101"]


async def test_who_waits_for_somebody_is_looked_at_when_that_one_leaves(stage: Stage) -> None:
    await stage.own("ivan")
    stage.pbx.states["PJSIP/101"] = "INUSE"
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == [], "ivan talks: his deputy's turn comes after 75 s"
    await stage.callbacks.absences.announce(IVAN, since=None, until=None, reason="", by="boss")
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/102"]


async def test_who_calls_an_absent_manager_gets_the_deputy_if_there_is_one(stage: Stage) -> None:
    await stage.own("ivan")
    assert await owner_phone(stage) == "PJSIP/101"
    made = await stage.callbacks.absences.announce(IVAN, since=None, until=None, reason="", by="boss")
    assert await owner_phone(stage) == "PJSIP/102"
    await stage.callbacks.absences.announce(OLENA, since=None, until=None, reason="", by="boss")
    assert await owner_phone(stage) is None, "then the dialplan's own way"
    stage.clock.pass_seconds(60)
    await stage.callbacks.absences.end(made.absence_id, "boss")
    assert await stage.callbacks.absences.back(OLENA, "boss") == 1
    assert await owner_phone(stage) == "PJSIP/101"


async def test_what_makes_no_sense_is_refused(stage: Stage) -> None:
    absences, now, second = stage.callbacks.absences, stage.clock.now, timedelta(seconds=1)
    for manager, since, until in (
        (ManagerId("nobody"), None, None),
        (IVAN, None, now),
        (IVAN, now + second, now + second),
        (IVAN, now - 9 * second, now - second),
    ):
        with pytest.raises(AbsenceRefused):
            await absences.announce(manager, since=since, until=until, reason="", by="boss")
    with pytest.raises(NoSuchAbsence):
        await absences.end(99, "boss")
    assert await absences.standing() == ()
    coming = await absences.announce(IVAN, since=now + second, until=None, reason="", by="boss")
    taken_back = await absences.end(coming.absence_id, "boss")
    assert taken_back.until == taken_back.since


async def test_phones_are_told_as_they_change(stage: Stage) -> None:
    told: list[PhonePresence] = []
    watch = stage.callbacks.presences({PBX: stage.pbx}, told.append)
    stage.pbx.states |= {"PJSIP/102": "UNAVAILABLE", "Custom:DND103": "BUSY"}
    await watch.look()
    assert {one.manager_id: one.state for one in told} == {
        "ivan": PhoneState.FREE,
        "olena": PhoneState.UNREGISTERED,
        "maria": PhoneState.AWAY,
        "boss": PhoneState.FREE,
    }
    told.clear()
    call = await stage.answered(by="101")
    await watch.look()
    assert [(one.manager_id, one.state, one.call_id) for one in told] == [("ivan", PhoneState.ON_A_CALL, call.call_id)]
    told.clear()
    await stage.ended(call)
    await watch.look()
    assert [(one.manager_id, one.state) for one in told] == [("ivan", PhoneState.FREE)]
    assert [one.state for one in watch.everybody()].count(PhoneState.FREE) == 2
    stage.pbx.synced.clear()
    stage.clock.pass_seconds(11)
    await watch.look()
    assert {one.state for one in watch.everybody()} == {PhoneState.UNKNOWN}
    stage.pbx.synced.set()
