"""Whole calls in the words of every Asterisk, in every order that it may tell them: each gets the verdict that it must.

A few hundred a run here; `python -m tests.unit.telephony.calls.generated 100000` makes as many as are asked for.
"""

from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telephony.ami.protocol.messages import Decoder
from telephony.ami.protocol.parser import AmiMessage
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.events import CallEnded, CallMerged
from telephony.model import Call, PbxName
from tests.unit.telephony.calls.generated.hand_overs import blonde_by_keys, handed_over, picked_up, room
from tests.unit.telephony.calls.generated.over_local import over_local
from tests.unit.telephony.calls.generated.plots import MODERN, OLD, Plot, Verdict
from tests.unit.telephony.calls.generated.words import FIRST_WITH_BRIDGES, VERSIONS

OLDER = (handed_over, handed_over, picked_up)
"""By masquerades, before Asterisk 12; hand-overs twice, since there are four kinds of them."""


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_call_gets_the_verdict_that_its_plot_has(data: st.DataObject) -> None:
    def choose(values: Iterable[Any]) -> Any:  # noqa: ANN401 - whatever the values are
        return data.draw(st.sampled_from(list(values)))

    verify(choose)


def verify(choose: Any) -> None:  # noqa: ANN401 - draws one of several values
    """Make one history up and compare."""
    version = choose(VERSIONS)
    plot = Plot(version, choose)
    choose((*MODERN, over_local, blonde_by_keys, room) if version >= FIRST_WITH_BRIDGES else (*OLD, *OLDER, room))(plot)
    messages = [message for step in plot.steps for message in mixed(step, choose)]
    rules = choose([TrunkRules(), TrunkRules(("PJSIP/*carrier*", "SIP/*carrier*"))])
    calls = tracked(messages, rules)
    assert [seen(call, wanted) for call, wanted in zip(calls, plot.verdicts, strict=True)] == plot.verdicts, messages


def mixed(chains: list[list[AmiMessage]], choose: Any) -> Iterable[AmiMessage]:  # noqa: ANN401 - as above
    """One order of several threads' events; each thread keeps its own."""
    left = [list(chain) for chain in chains]
    while left:
        chain = choose(range(len(left))) if len(left) > 1 else 0
        yield left[chain].pop(0)
        left = [rest for rest in left if rest]


def tracked(messages: Iterable[AmiMessage], rules: TrunkRules) -> list[Call]:
    decoder, tracker = Decoder(), Tracker(PbxName("pbx"), rules)
    ended: dict[str, Call] = {}
    for second, message in enumerate(messages, 1_700_000_100):
        event = decoder.decode(AmiMessage(message.name, {**message.headers, "timestamp": f"{second}.0"}))
        for happened in tracker.receive(event) if event is not None else ():
            if isinstance(happened, CallEnded):
                ended[happened.call.call_id] = happened.call
            elif isinstance(happened, CallMerged):
                ended.pop(happened.absorbed, None)
    assert tracker.is_empty()
    return sorted(ended.values(), key=lambda call: call.started_at)


def seen(call: Call, wanted: Verdict) -> Verdict:
    """What the tracker made of it, as far as the plot speaks of it."""
    by, last = call.answered_by, call.talked_last
    return Verdict(
        call.direction,
        call.disposition,
        call.customer,
        call.missed_reason,
        by.number if by and wanted.answered_by is not None else None,
        last.number if last else None,
        call.kind,
        len(call.transfers),
    )
