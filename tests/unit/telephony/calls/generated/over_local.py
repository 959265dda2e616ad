"""Calls that reach a phone over Local channels (12 and later): forwards, chains of them, with and without optimization.

The order of events is that of the lab's transcripts ``forwarded``, ``redirected_by_phone`` and ``local_chain``.
"""

from tests.unit.telephony.calls.generated.plots import Chain, Plot, Verdict
from tests.unit.telephony.calls.generated.words import Channel

Pair = tuple[Channel, Channel]


def over_local(plot: Plot) -> None:
    """A customer reaches a phone over one to three pairs of halves, perhaps since the phone that was rung forwards."""
    caller = plot.comes_in()
    if plot.choose([True, False]):
        _forwards(plot, caller)
    pairs = [_pair(plot, caller, exten) for exten in plot.choose([["102"], ["group", "102"], ["one", "two", "three"]])]
    dialler = caller
    for first, second in pairs:
        born = [*plot.words.born(first), *plot.words.born(second), *plot.words.local_bridge(first, second)]
        plot.then([*born, *plot.words.dials(dialler, first, f"{first.exten}@from-internal")])
        dialler = second
    (phone,) = plot.rings(dialler, ["102"])
    diallers, rung = [caller, *(second for _, second in pairs)], [*(first for first, _ in pairs), phone]
    plot.then([event for half in reversed(rung[:-1]) for event in plot.words.state(half, 5)])
    if plot.choose([True, False]):
        _gives_up(plot, diallers, rung)
        return
    _picked_up(plot, diallers, rung)
    if plot.choose([True, False]):
        for level, pair in enumerate(pairs):
            _optimized(plot, caller, pair, level)
        diallers, rung, base = [caller], [phone], len(pairs)
    else:
        base = 0
    plot.then(plot.words.wants_to_end(plot.choose([caller, phone])))
    plot.then(
        *(_gone(plot, half, level) for level, two in enumerate(zip(diallers, rung, strict=True), base) for half in two)
    )
    plot.verdicts.append(Verdict("inbound", "answered", answered_by="102", talked_last="102"))


def _forwards(plot: Plot, caller: Channel) -> None:
    """The phone that is rung sends the call elsewhere (302)."""
    phone = plot.phone("101", caller)
    plot.then([*plot.words.born(phone), *plot.words.dials(caller, phone, "101")])
    plot.then([*plot.words.dial_ends(caller, phone, "CANCEL"), *plot.words.hangs_up(phone, 23)])


def _pair(plot: Plot, caller: Channel, exten: str) -> Pair:
    first, second = (
        plot.channel("-", caller.linkedid, context="from-internal", exten=exten, state=state, number=number)
        for state, number in ((0, exten), (4, caller.number))
    )
    serial = first.uniqueid.rpartition(".")[2]
    first.name, second.name = (f"Local/{exten}@from-internal-{int(serial):08x};{half}" for half in (1, 2))
    return first, second


def _gives_up(plot: Plot, diallers: list[Channel], rung: list[Channel]) -> None:
    plot.then(plot.words.wants_to_end(diallers[0]))
    for dialler, target in zip(diallers, rung, strict=True):
        plot.then(plot.words.dial_ends(dialler, target, "CANCEL"))
    plot.then(*(plot.words.hangs_up(one, 0 if one is rung[-1] else 16) for one in [*diallers, *rung]))
    plot.verdicts.append(Verdict("inbound", "missed", missed_reason="no_answer"))


def _picked_up(plot: Plot, diallers: list[Channel], rung: list[Channel]) -> None:
    """The answer travels from the phone to the caller; each dialler bridges in a thread of its own."""
    plot.then(plot.words.state(rung[-1], 6))
    for dialler, target in reversed(list(zip(diallers, rung, strict=True))):
        up = plot.words.state(target, 6) if target.state != 6 else []
        plot.then([*up, *plot.words.dial_ends(dialler, target, "ANSWER")])
    plot.then(
        *(
            [
                *plot.words.state(dialler, 6),
                *plot.words.enters(target, f"b{level}"),
                *plot.words.enters(dialler, f"b{level}"),
            ]
            for level, (dialler, target) in enumerate(zip(diallers, rung, strict=True))
        )
    )


def _optimized(plot: Plot, caller: Channel, pair: Pair, level: int) -> None:
    """The caller goes into the bridge behind the halves, and these are gone."""
    first, second = pair
    here, behind = f"b{level}", f"b{level + 1}"
    plot.then(
        [*plot.words.leaves(caller, here), *plot.words.leaves(second, behind), *plot.words.enters(caller, behind)]
    )
    plot.then(plot.words.hangs_up(second, 16), [*plot.words.leaves(first, here), *plot.words.hangs_up(first, 16)])


def _gone(plot: Plot, one: Channel, level: int) -> Chain:
    return [*plot.words.leaves(one, f"b{level}"), *plot.words.hangs_up(one, 16)]
