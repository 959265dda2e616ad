"""The dialplan of `ringback dialplan --kind freepbx` on a real Asterisk: its routes, its doors, its phones, its DND."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.lab.company import MAIN_NUMBER, Did
from deploy.lab.telephones.scripts import answers, never_answers
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render
from tests.acceptance.callback.company import ANNA, Company, presses
from tests.acceptance.callback.conftest import Place

pytestmark = pytest.mark.asyncio(loop_scope="module")
_ROUTES = f"""
[from-internal-first]
exten => {ANNA},1,Set(CALLERID(num)={MAIN_NUMBER})
 same => n,Dial(PJSIP/{ANNA}@carrier,20)
 same => n,Hangup()
"""
_DOORS = """
[from-pstn]
exten => _!,1,Set(GLOBAL(CAME)=${EXTEN})
 same => n,Hangup()
exten => h,1,NoOp()
[door-test]
exten => s,1,Answer()
 same => n,Wait(1)
"""


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def freepbx(place: Place) -> AsyncIterator[None]:
    """The PBX has FreePBX's kind of dialplan, and afterwards the plain one again."""
    voice = VoiceSettings(port=place.agi_port, folder=place.folder / "prompts", language="en")
    await place.lab.pbx.add_dialplan("ringback", render(voice, Kind.FREEPBX))
    await place.lab.pbx.add_dialplan("freepbx", _ROUTES + _DOORS)
    yield
    await place.lab.pbx.add_dialplan("freepbx", "")
    await place.lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))


async def test_a_callback_goes_by_the_outbound_routes(company: Company) -> None:
    """The route's number is shown, not the one that the customer had called; and it is one call on the ledger."""
    await company.own("ivan")
    company.phone("101", presses("1"))
    company.phone(ANNA, answers(after=0.3, talk=2))
    await company.missed()
    await company.rings("101")
    customer = await company.rings(ANNA)
    assert customer.shown[0] == MAIN_NUMBER
    request = await company.closed()
    assert request.closed_for == "reached"
    rows = await company.pool.fetch("SELECT kind, disposition, customer FROM calls ORDER BY started_at")
    assert [tuple(row) for row in rows] == [("ordinary", "missed", ANNA), ("callback", "answered", ANNA)]


async def test_every_telephone_of_a_manager_rings_and_the_one_that_is_picked_up_is_the_manager(
    company: Company,
) -> None:
    pbx = company.lab.pbx
    contacts = (await pbx.command("pjsip show contacts")).splitlines()
    where = next(line.split("@")[1].split()[0] for line in contacts if " 101/sip:101@" in line)
    config = pbx.folder / "etc" / "pjsip.conf"
    before = config.read_text()
    config.write_text(before.replace("[101](phone-aor)\n", f"[101](phone-aor)\ncontact = sip:1019@{where}\n"))
    await pbx.command("module reload res_pjsip.so")
    try:
        await company.own("ivan")
        company.phone("101", never_answers())
        company.phone("1019", presses("1"))
        company.phone(ANNA, answers(after=0.3, talk=2))
        await company.missed()
        first, second = await asyncio.gather(company.rings("101"), company.rings("1019"))
        assert second.shown == (ANNA, "Ромашка")
        await first.gone()
        request = await company.closed()
        assert (request.closed_for, request.owner) == ("reached", "ivan")
        answered = await company.pool.fetchval("SELECT manager FROM calls WHERE kind = 'callback'")
        assert answered == "101"
    finally:
        config.write_text(before)
        await pbx.command("module reload res_pjsip.so")


async def test_who_turned_do_not_disturb_on_is_not_rung_at_the_next_miss(company: Company) -> None:
    """`*78` writes FreePBX's database, whether or not its device states are on."""
    await company.own("ivan")
    company.phone("101", never_answers())
    company.phone("102", presses("1"))
    company.phone(ANNA, answers(after=0.3, talk=1))
    await company.lab.pbx.command("database put DND 101 YES")
    try:
        await company.missed()
        await company.rings("102")
        await company.closed()
        assert company.legs("101") == []
    finally:
        await company.lab.pbx.command("database del DND 101")


@pytest.mark.parametrize(
    ("dialled", "arrives"),
    [
        (str(Did.IVAN), str(Did.IVAN)),
        ("mycompany", "mycompany"),
        ("7", "7"),
        ("s", "s"),
        ("sip.user_1-a", "sip.user_1-a"),
        ("12${SHELL(id)}3)&x", "12SHELLid3x"),
        ('"; System(id)', "Systemid"),
        ("$[1+1]", "1+1"),
        ("тест", "s"),
    ],
)
async def test_the_door_takes_whatever_is_dialled_and_lets_nothing_through_that_a_dialplan_reads(
    place: Place, dialled: str, arrives: str
) -> None:
    pbx = place.lab.pbx
    before = len(pbx.log)
    await pbx.set_global("CAME", "nothing")
    await pbx.ami.action(
        "Originate",
        {
            "Channel": "Local/s@door-test/n",
            "Context": "ringback-from-pstn",
            "Exten": dialled,
            "Priority": "1",
            "Async": "false",
        },
    )
    await place.lab.idle()
    came = (await pbx.ami.action("Getvar", {"Variable": "CAME"}))["Value"]
    assert came == arrives
    assert pbx.log[before:] == ""
