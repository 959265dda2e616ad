"""Hand-overs and rooms in the words of Asterisk 1.4 and 11, and by feature keys in those of 12 and later.

Before Asterisk 12 nothing tells a transfer by keys: the customer takes the place of the transferer's second channel by
a masquerade, three renames; so do a parked customer and a phone that picks up what rings elsewhere. The orders are
those of the captures in `test_asterisk_11`, of the lab's transcript ``blonde_by_keys``, and of what 1.4 and 11
themselves do (`ast_do_masquerade`, `masq_park_call`, `ast_do_pickup`).
"""

from collections.abc import Callable

from telephony.ami.protocol.parser import AmiMessage
from tests.unit.telephony.calls.generated.plots import Plot, Verdict
from tests.unit.telephony.calls.generated.words import FIRST_WITH_SUBEVENTS, Channel


def handed_over(plot: Plot) -> None:
    """A phone is answered, and hands the customer over: asked first, while the target rings, or unasked."""
    caller = plot.comes_in()
    (phone,) = plot.rings(caller, ["101"])
    plot.answers(caller, phone, [], "b1")
    ways: list[Callable[[Plot, Channel, Channel], None]] = [_attended, _blonde, _parked]
    if plot.version >= FIRST_WITH_SUBEVENTS:
        ways.append(_blind)
    plot.choose(ways)(plot, caller, phone)


def _consults(plot: Plot, phone: Channel) -> tuple[Channel, Channel]:
    """The phone calls a colleague on its second line."""
    second = plot.channel(phone.number, number=phone.number, context="from-internal", exten="105", state=4)
    plot.then(plot.words.born(second))
    (target,) = plot.rings(second, ["105"])
    return second, target


def _takes_the_place(
    plot: Plot,
    caller: Channel,
    phone: Channel,
    second: Channel,
    tells: Callable[[Channel, Channel], list[AmiMessage]] = lambda _customer, _phone: [],
) -> Channel:
    """The customer's name goes to the second channel, what is left of both hangs up; return the customer's channel.

    ``tells`` what is said of the two in between.
    """
    words, name = plot.words, caller.name
    ghost = Channel(f"{second.name}<ZOMBIE>", caller.uniqueid, caller.linkedid, caller.number, state=6)
    chain = [
        *words.renames(name, f"{name}<MASQ>", caller.uniqueid),
        *words.renames(second.name, name, second.uniqueid),
        *words.renames(f"{name}<MASQ>", ghost.name, caller.uniqueid),
    ]
    second.name, second.number, second.state = name, caller.number, 6
    told = tells(second, phone)
    plot.then([*chain, *told, *words.unlinks(ghost, phone), *words.hangs_up(phone, 16), *words.hangs_up(ghost, 16)])
    return second


def _attended(plot: Plot, caller: Channel, phone: Channel) -> None:
    second, target = _consults(plot, phone)
    plot.then([*plot.words.state(target, 6), *plot.words.state(second, 6), *plot.words.links(second, target)])
    if plot.version >= FIRST_WITH_SUBEVENTS and plot.choose([True, False]):
        plot.then(plot.words.refers(phone, second))
    customer = _takes_the_place(plot, caller, phone, second)
    _ends(plot, customer, target)
    plot.verdicts.append(Verdict("inbound", "answered", answered_by="101", talked_last="105", transfers=1))


def _blonde(plot: Plot, caller: Channel, phone: Channel) -> None:
    second, target = _consults(plot, phone)
    customer = _takes_the_place(plot, caller, phone, second)
    plot.then([*plot.words.state(target, 6), *plot.words.links(customer, target)])
    _ends(plot, customer, target)
    plot.verdicts.append(Verdict("inbound", "answered", answered_by="101", talked_last="105", transfers=1))


def _blind(plot: Plot, caller: Channel, phone: Channel) -> None:
    """By REFER: the customer goes on in the dialplan on a channel of its own, which takes its name."""
    plot.then(plot.words.blind(phone, caller, "105"))
    goto = plot.channel("x", number=caller.number, context="from-internal", exten="105", state=6)
    goto.name = f"AsyncGoto/{caller.name}"
    plot.then(plot.words.born(goto))
    customer = _takes_the_place(plot, caller, phone, goto)
    (target,) = plot.rings(customer, ["105"])
    plot.then([*plot.words.state(target, 6), *plot.words.links(customer, target)])
    _ends(plot, customer, target)
    plot.verdicts.append(Verdict("inbound", "answered", answered_by="101", talked_last="105", transfers=1))


def _parked(plot: Plot, caller: Channel, phone: Channel) -> None:
    """By a key: a channel ``Parked/...`` takes the customer's name and waits: fetched, given up or rung again."""
    lot = plot.channel("x", number=caller.number, context="from-trunk", exten=caller.exten)
    lot.name = f"Parked/{caller.name}"
    plot.then(plot.words.born(lot))
    customer = _takes_the_place(plot, caller, phone, lot, plot.words.parks)
    ways = {"104": _fetched, "101": plot.choose([_given_up, _rung_again])}
    last = plot.choose(list(ways))
    ways[last](plot, customer, phone)
    plot.verdicts.append(Verdict("inbound", "answered", answered_by="101", talked_last=last))


def _fetched(plot: Plot, customer: Channel, _: Channel) -> None:
    fetcher = plot.channel("104", number="104", context="from-internal", exten="701", state=4)
    plot.then(plot.words.born(fetcher))
    plot.then([*plot.words.unparks(customer, fetcher), *plot.words.state(fetcher, 6)])
    plot.then(plot.words.links(fetcher, customer))
    _ends(plot, fetcher, customer)


def _given_up(plot: Plot, customer: Channel, _: Channel) -> None:
    plot.then([*plot.words.gives_up_parked(customer), *plot.words.hangs_up(customer, 16)])


def _rung_again(plot: Plot, customer: Channel, phone: Channel) -> None:
    """The parking lot's time is up: the phone that parked the customer is rung, and picked up or not."""
    plot.then(plot.words.parked_too_long(customer))
    (again,) = plot.rings(customer, [phone.number])
    if plot.choose([True, False]):
        plot.then([*plot.words.state(again, 6), *plot.words.links(customer, again)])
        _ends(plot, customer, again)
        return
    plot.gives_up(customer, [again])


def picked_up(plot: Plot) -> None:
    """A colleague takes a call that rings elsewhere: the ringing channel takes the colleague's name."""
    words, caller = plot.words, plot.comes_in()
    (ringing,) = plot.rings(caller, ["101"])
    picker = plot.channel("104", number="104", context="from-internal", exten="*8", state=4)
    plot.then(words.born(picker))
    name, theirs = ringing.name, picker.name
    plot.then(
        [
            *words.state(picker, 6),
            *words.picks_up(picker, ringing),
            *words.renames(theirs, f"{theirs}<MASQ>", picker.uniqueid),
            *words.renames(name, theirs, ringing.uniqueid),
            *words.renames(f"{theirs}<MASQ>", f"{name}<ZOMBIE>", picker.uniqueid),
        ]
    )
    picker.name, ringing.name, ringing.number, ringing.state = f"{name}<ZOMBIE>", theirs, "104", 6
    plot.then(words.hangs_up(picker, 26), [*words.state(caller, 6), *words.links(caller, ringing)])
    _ends(plot, caller, ringing)
    plot.verdicts.append(Verdict("inbound", "answered", answered_by="104", talked_last="104"))


def _ends(plot: Plot, customer: Channel, target: Channel) -> None:
    plot.then(plot.words.unlinks(customer, target))
    plot.then(*(plot.words.hangs_up(one, 16) for one in plot.choose([(customer, target), (target, customer)])))


def room(plot: Plot) -> None:
    """A customer sits in a conference's room, a colleague or two come and go; whoever was first answered the call."""
    caller = plot.comes_in()
    plot.then(plot.words.state(caller, 6))
    plot.then(plot.words.enters_room(caller, "8000"))
    colleagues = []
    for number in plot.choose([("103",), ("103", "104")]):
        colleague = plot.channel(number, number=number, context="from-internal", exten="8000", state=4)
        plot.then(plot.words.born(colleague))
        plot.then(plot.words.state(colleague, 6))
        plot.then(plot.words.enters_room(colleague, "8000"))
        colleagues.append(colleague)
    caller_first = plot.choose([True, False])
    for one in [caller, *colleagues] if caller_first else [*colleagues, caller]:
        plot.then([*plot.words.leaves_room(one, "8000"), *plot.words.hangs_up(one, 16)])
    last = colleagues[0 if caller_first else -1].number
    plot.verdicts.append(Verdict("inbound", "answered", answered_by="103", talked_last=last))


def blonde_by_keys(plot: Plot) -> None:
    """The target is dialled over a pair of Local halves while the customer holds; the phone hangs up as it rings."""
    words, caller = plot.words, plot.comes_in()
    (phone,) = plot.rings(caller, ["101"])
    plot.answers(caller, phone, [], "b1")
    first, second = (
        plot.channel("-", caller.linkedid, context="from-internal", exten="105", state=state) for state in (0, 4)
    )
    first.name, second.name = (f"Local/105@from-internal-00000009;{half}" for half in (1, 2))
    plot.then([*words.born(first), *words.born(second), *words.local_bridge(first, second)])
    plot.then([*words.enters(first, "b2"), *words.leaves(phone, "b1"), *words.enters(phone, "b2")])
    (target,) = plot.rings(second, ["105"])
    plot.then(words.state(first, 5))
    plot.then([*words.wants_to_end(phone), *words.leaves(phone, "b2")])
    told = [*words.leaves(first, "b2"), *words.enters(first, "b1"), *words.attended(phone, phone, caller, first)]
    plot.then(told, words.hangs_up(phone, 16))
    if plot.choose([True, False]):
        plot.then([*words.state(target, 6), *words.dial_ends(second, target, "ANSWER")])
        plot.then([*words.state(first, 6), *words.state(second, 6)])
        plot.then(words.enters(target, "b3"), words.enters(second, "b3"))
        last, cause = "105", 16
    else:
        last, cause = "101", 0
    plot.then(words.wants_to_end(caller))
    bridged = [(caller, "b1"), (first, "b1"), (second, "b3"), (target, "b3")]
    gone = [
        [*(words.leaves(one, bridge) if bridge == "b1" or cause else []), *words.hangs_up(one, 16)]
        for one, bridge in bridged
    ]
    plot.then(*gone)
    plot.verdicts.append(Verdict("inbound", "answered", answered_by="101", talked_last=last, transfers=1))
