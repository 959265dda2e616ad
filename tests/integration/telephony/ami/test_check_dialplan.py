"""`ringback check` knows an older dialplan by what it lacks."""

import pytest

from telephony.checkup.pbx import check_dialplan
from tests.integration.telephony.ami.fake_pbx import Action, FakePbx, block
from tests.integration.telephony.ami.stage import linked

OLD = {"ringback-manager", "ringback-inbound"}


@pytest.mark.parametrize(
    ("contexts", "callbacks", "verdict"),
    [
        (OLD | {"ringback-witness"}, True, "ok"),
        (OLD, True, "warn"),
        (OLD, False, "ok"),
        (set(), True, "fail"),
        (set(), False, "warn"),
    ],
)
async def test_a_dialplan_that_leaves_no_notes_is_warned_of(contexts: set[str], callbacks: bool, verdict: str) -> None:
    def listed(action: Action) -> bytes:
        if action["Context"] not in contexts:
            return block(
                Response="Error",
                ActionID=action["ActionID"],
                Message=f"Did not find context {action['Context']}",
            )
        return (
            block(Response="Success", ActionID=action["ActionID"], EventList="start")
            + block(Event="ListDialplan", ActionID=action["ActionID"], Context=action["Context"], Extension="s")
            + block(Event="ShowDialPlanComplete", ActionID=action["ActionID"], EventList="Complete")
        )

    pbx = FakePbx()
    pbx.answers["ShowDialPlan"] = listed
    async with pbx.listening(), linked(pbx) as link:
        found = await check_dialplan("dialplan office", link, callbacks=callbacks)
    assert found.verdict == verdict
    assert found.verdict == "ok" or "ringback dialplan" in found.cure
