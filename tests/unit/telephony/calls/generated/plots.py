"""Calls made up as a company has them, each with the verdict that it must get.

A plot writes steps; a step is one or more chains of events. Within a chain the order is Asterisk's; chains of one step
run in threads of their own on a PBX, so that their events come in any order among each other: the test draws one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from telephony.ami.protocol.parser import AmiMessage
from tests.unit.telephony.calls.generated.words import Channel, Words

CUSTOMER, DID, GROUP, QUEUE = "0671234567", "0442000600", "600", "sales"
PHONES = ("101", "102", "103", "104")
TRUNK_NAMES = {4: "SIP/carrier", 11: "SIP/carrier"}
Chain = list[AmiMessage]


class Choose(Protocol):
    """Draws one of several values."""

    def __call__(self, values: Iterable[Any]) -> Any: ...  # noqa: ANN401 - whatever the values are


@dataclass
class Verdict:
    """What a call must be; None where the plot does not say."""

    direction: str
    disposition: str
    customer: str = CUSTOMER
    missed_reason: str | None = None
    answered_by: str | None = None
    talked_last: str | None = None
    kind: str = "ordinary"
    transfers: int = 0


@dataclass
class Plot:
    """One history of a PBX: its steps so far, and what must come of them."""

    version: int
    choose: Choose
    steps: list[list[Chain]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    _made: int = 0

    def __post_init__(self) -> None:
        self.words = Words(self.version)

    def then(self, *chains: Chain) -> None:
        """Write a step."""
        self.steps.append([chain for chain in chains if chain])

    def channel(self, peer: str, linkedid: str = "", **facts: Any) -> Channel:  # noqa: ANN401 - a channel's own facts
        """Make a channel of this phone or trunk, under the technology of the time."""
        self._made += 1
        technology = "PJSIP" if self.words.modern else "SIP"
        uniqueid = f"17000000{self._made:02}.{self._made}"
        return Channel(f"{technology}/{peer}-{self._made:08x}", uniqueid, linkedid or uniqueid, **facts)

    # --- parts of stories ---------------------------------------------------------------------------------------------

    def comes_in(self, number: str = CUSTOMER) -> Channel:
        """A customer calls."""
        caller = self.channel("carrier", number=number, context="from-trunk", exten=DID, state=4)
        self.then(self.words.born(caller))
        return caller

    def phone(self, number: str, caller: Channel) -> Channel:
        """A phone's channel for a dial."""
        return self.channel(number, caller.linkedid, number=number, context="from-internal")

    def rings(self, caller: Channel, numbers: Iterable[str], *, queue: str = "") -> list[Channel]:
        """Phones begin to ring, each in its own time."""
        phones = [self.phone(number, caller) for number in numbers]
        chains = []
        for phone in phones:
            dial = (
                self.words.queue_dials(caller, phone, queue) if queue else self.words.dials(caller, phone, phone.number)
            )
            chains.append([*self.words.born(phone), *dial, *self.words.state(phone, 5)])
        self.then(*chains)
        return phones

    def stops(self, caller: Channel, phones: Iterable[Channel], dialstatus: str, cause: int) -> list[Chain]:
        """Phones ring no longer."""
        return [[*self.words.dial_ends(caller, one, dialstatus), *self.words.hangs_up(one, cause)] for one in phones]

    def answers(self, caller: Channel, phone: Channel, others: Iterable[Channel], bridge: str) -> None:
        """One phone is picked up and talks with the caller; the others stop."""
        self.then(self.words.state(phone, 6))
        up = self.words.state(caller, 6) if caller.state != 6 else []
        enters = [self.words.enters(phone, bridge), self.words.enters(caller, bridge)]
        winner = [*self.words.dial_ends(caller, phone, "ANSWER"), *up]
        self.then(winner, *self.stops(caller, others, "CANCEL", 26))
        self.then(*enters)
        self.then(self.words.links(caller, phone))

    def ends(self, one: Channel, other: Channel, bridge: str) -> None:
        """The first of two who talk hangs up."""
        self.then(self.words.wants_to_end(one))
        self.then(self.words.unlinks(one, other))
        self.then(*([*self.words.leaves(who, bridge), *self.words.hangs_up(who, 16)] for who in (one, other)))

    def gives_up(self, caller: Channel, phones: Iterable[Channel]) -> None:
        """The caller hangs up while phones ring."""
        self.then(self.words.wants_to_end(caller))
        self.then(*self.stops(caller, phones, "CANCEL", 0))
        self.then([*self.words.all_dials_end(caller, "CANCEL"), *self.words.hangs_up(caller, 16)])


def ring_group(plot: Plot) -> None:
    """A customer calls; phones ring in rounds; somebody picks up, or nobody does."""
    caller = plot.comes_in()
    queue = plot.choose(["", QUEUE])
    if queue:
        plot.then(plot.words.state(caller, 6), plot.words.joins_queue(caller, queue))
    rounds = [plot.choose([PHONES[:1], PHONES[:2], PHONES[:3], PHONES[1:4]]) for _ in range(plot.choose([1, 2, 3]))]
    answered = plot.choose([True, False])
    for number, numbers in enumerate(rounds):
        phones = plot.rings(caller, numbers, queue=queue)
        last = number == len(rounds) - 1
        if last and answered:
            phone = plot.choose(phones)
            if queue:
                plot.then(plot.words.leaves_queue(caller, queue, gave_up=False))
            plot.answers(caller, phone, [one for one in phones if one is not phone], "b1")
            _talk_on(plot, caller, phone)
            return
        if last:
            break
        plot.then(*plot.stops(caller, phones, "NOANSWER", 0))
    if queue:
        plot.then(plot.words.wants_to_end(caller))
        plot.then(*plot.stops(caller, phones, "CANCEL", 0))
        plot.then(plot.words.leaves_queue(caller, queue, gave_up=True))
        plot.then(plot.words.hangs_up(caller, 16))
        plot.verdicts.append(Verdict("inbound", "missed", missed_reason="abandoned_waiting"))
        return
    plot.gives_up(caller, phones)
    plot.verdicts.append(Verdict("inbound", "missed", missed_reason="no_answer"))


def _talk_on(plot: Plot, caller: Channel, phone: Channel) -> None:
    """Two talk; perhaps the call is handed over before it ends."""
    ways: list[Callable[[Plot, Channel, Channel], None]] = [_hang_up]
    if plot.words.modern:
        ways += [_blind, _blind_in_vain, _attended, _blonde, _parked]
    plot.choose(ways)(plot, caller, phone)


def _hang_up(plot: Plot, caller: Channel, phone: Channel) -> None:
    first, other = plot.choose([(caller, phone), (phone, caller)])
    plot.ends(first, other, "b1")
    plot.verdicts.append(Verdict("inbound", "answered", answered_by=phone.number, talked_last=phone.number))


def _blind(plot: Plot, caller: Channel, phone: Channel) -> None:
    plot.then(plot.words.blind(phone, caller, "105"))
    plot.then(plot.words.leaves(caller, "b1"), [*plot.words.leaves(phone, "b1"), *plot.words.hangs_up(phone, 16)])
    (target,) = plot.rings(caller, ["105"])
    plot.answers(caller, target, [], "b2")
    plot.ends(caller, target, "b2")
    plot.verdicts.append(Verdict("inbound", "answered", answered_by=phone.number, talked_last="105", transfers=1))


def _blind_in_vain(plot: Plot, caller: Channel, phone: Channel) -> None:
    plot.then(plot.words.blind(phone, caller, "105"))
    plot.then(plot.words.leaves(caller, "b1"), [*plot.words.leaves(phone, "b1"), *plot.words.hangs_up(phone, 16)])
    phones = plot.rings(caller, ["105"])
    plot.gives_up(caller, phones)
    plot.verdicts.append(
        Verdict("inbound", "answered", answered_by=phone.number, talked_last=phone.number, transfers=1)
    )


def _attended(plot: Plot, caller: Channel, phone: Channel) -> None:
    second = plot.channel(phone.number, number=phone.number, context="from-internal", exten="105", state=4)
    plot.then(plot.words.born(second))
    (target,) = plot.rings(second, ["105"])
    plot.answers(second, target, [], "b2")
    told = plot.words.attended(phone, second, caller, target)
    moves = [*plot.words.leaves(target, "b2"), *plot.words.enters(target, "b1")]
    plot.then(told, moves)
    plot.then(
        [*plot.words.leaves(phone, "b1"), *plot.words.hangs_up(phone, 16)],
        [*plot.words.leaves(second, "b2"), *plot.words.hangs_up(second, 16)],
    )
    plot.ends(caller, target, "b1")
    plot.verdicts.append(Verdict("inbound", "answered", answered_by=phone.number, talked_last="105", transfers=1))


def _blonde(plot: Plot, caller: Channel, phone: Channel) -> None:
    """As the lab's transcript ``blonde_by_refer``: the target keeps the linkedid of the phone's second call."""
    second = plot.channel(phone.number, number=phone.number, context="from-internal", exten="105", state=4)
    plot.then(plot.words.born(second))
    (target,) = plot.rings(second, ["105"])
    plot.then(plot.words.blonde(phone, second, caller))
    plot.then(
        plot.words.leaves(caller, "b1"),
        [*plot.words.leaves(phone, "b1"), *plot.words.hangs_up(phone, 16)],
        plot.words.hangs_up(second, 16),
    )
    if plot.choose([True, False]):
        plot.answers(caller, target, [], "b2")
        plot.ends(caller, target, "b2")
        last = "105"
    else:
        plot.gives_up(caller, [target])
        last = phone.number
    plot.verdicts.append(Verdict("inbound", "answered", answered_by=phone.number, talked_last=last, transfers=1))


def _parked(plot: Plot, caller: Channel, phone: Channel) -> None:
    plot.then(plot.words.leaves(caller, "b1"), [*plot.words.leaves(phone, "b1"), *plot.words.hangs_up(phone, 16)])
    plot.then(plot.words.parks(caller, phone))
    fetcher = plot.channel("104", number="104", context="from-internal", exten="701", state=4)
    plot.then(plot.words.born(fetcher))
    plot.then([*plot.words.unparks(caller, fetcher), *plot.words.state(fetcher, 6)])
    plot.then(plot.words.enters(caller, "b2"), plot.words.enters(fetcher, "b2"))
    plot.ends(fetcher, caller, "b2")
    plot.verdicts.append(Verdict("inbound", "answered", answered_by=phone.number, talked_last="104"))


def busy(plot: Plot) -> None:
    """Everybody who is rung is busy, or refuses."""
    caller = plot.comes_in()
    dialstatus, cause, reason = plot.choose(
        [("BUSY", 17, "busy"), ("CHANUNAVAIL", 20, "unreachable"), ("BUSY", 21, "rejected")]
    )
    phones = [plot.phone(number, caller) for number in plot.choose([PHONES[:1], PHONES[:3]])]
    plot.then(
        *(
            [
                *plot.words.born(phone),
                *plot.words.dials(caller, phone, phone.number),
                *plot.words.dial_ends(caller, phone, dialstatus),
                *plot.words.hangs_up(phone, cause),
            ]
            for phone in phones
        )
    )
    plot.then(plot.words.all_dials_end(caller, dialstatus))
    plot.then(plot.words.hangs_up(caller, cause))
    plot.verdicts.append(Verdict("inbound", "missed", missed_reason=reason))


def outbound(plot: Plot) -> None:
    """A phone calls a customer, by a prefix, a speed dial or plainly; perhaps the first trunk fails."""
    prefixed = "9" + CUSTOMER
    dialled = plot.choose([CUSTOMER, prefixed, "*5501"] if plot.version != VERSION_WITHOUT_DIALSTRINGS else [CUSTOMER])
    caller = plot.channel("101", number="101", context="from-internal", exten=dialled, state=4)
    plot.then(plot.words.born(caller))
    for _ in range(plot.choose([0, 1])):
        failed = plot.channel("othercarrier-trunk", caller.linkedid, context="from-trunk")
        plot.then([*plot.words.born(failed), *plot.words.dials(caller, failed, f"othercarrier-trunk/{CUSTOMER}")])
        plot.then([*plot.words.dial_ends(caller, failed, "CHANUNAVAIL"), *plot.words.hangs_up(failed, 34)])
        plot.then(plot.words.all_dials_end(caller, "CHANUNAVAIL"))
    trunk = plot.channel("carrier", caller.linkedid, context="from-trunk")
    asked = plot.choose([f"carrier/{CUSTOMER}", f"{CUSTOMER}@carrier", f"carrier/sip:{CUSTOMER}@10.0.0.1:5060"])
    plot.then([*plot.words.born(trunk), *plot.words.dials(caller, trunk, asked), *plot.words.state(trunk, 5)])
    if plot.choose([True, False]):
        plot.answers(caller, trunk, [], "b1")
        first, other = plot.choose([(caller, trunk), (trunk, caller)])
        plot.ends(first, other, "b1")
        plot.verdicts.append(Verdict("outbound", "answered", talked_last="101"))
        return
    dialstatus, cause, disposition = plot.choose([("BUSY", 17, "busy"), ("NOANSWER", 19, "no_answer")])
    plot.then(*plot.stops(caller, [trunk], dialstatus, cause))
    plot.then(plot.words.all_dials_end(caller, dialstatus))
    plot.then(plot.words.hangs_up(caller, cause))
    plot.verdicts.append(Verdict("outbound", disposition))


VERSION_WITHOUT_DIALSTRINGS = 4


def originated(plot: Plot) -> None:
    """The PBX rings a phone, then the customer."""
    phone = plot.channel("101", number="101", context="from-internal")
    plot.then([*plot.words.born(phone), *plot.words.dials(None, phone, "101")])
    if plot.choose([True, False]):
        plot.then(plot.words.state(phone, 5))
    plot.then(plot.words.state(phone, 6))
    trunk = plot.channel("carrier", phone.linkedid, context="from-trunk", number=CUSTOMER)
    plot.then(
        [*plot.words.born(trunk), *plot.words.dials(phone, trunk, f"carrier/{CUSTOMER}"), *plot.words.state(trunk, 5)]
    )
    plot.answers(phone, trunk, [], "b1")
    first, other = plot.choose([(phone, trunk), (trunk, phone)])
    plot.ends(first, other, "b1")
    plot.verdicts.append(Verdict("outbound", "answered", talked_last="101", kind="click_to_call"))


def agents_day(plot: Plot) -> None:
    """An agent's line stays, and customers come and go on it (bridges: 12 and later)."""
    agent = plot.channel("201", number="201", context="from-internal", exten="*22", state=6)
    plot.then(plot.words.born(agent))
    standing = plot.choose([True, False])
    for number in range(plot.choose([1, 2, 3])):
        bridge = "room" if standing else f"b{number}"
        customer = plot.comes_in(f"06700001{number:02}")
        plot.then(plot.words.state(customer, 6))
        enters = [plot.words.enters(customer, bridge)]
        if not standing or number == 0:
            enters.append(plot.words.enters(agent, bridge))
        plot.then(*enters)
        plot.then(plot.words.wants_to_end(customer))
        leaves = [[*plot.words.leaves(customer, bridge), *plot.words.hangs_up(customer, 16)]]
        if not standing:
            leaves.append(plot.words.leaves(agent, bridge))
        plot.then(*leaves)
        plot.verdicts.append(Verdict("inbound", "answered", customer.number, answered_by="201", talked_last="201"))
    plot.then(plot.words.hangs_up(agent, 16))


def early_media(plot: Plot) -> None:
    """An application puts a ringing phone into the bridge; perhaps it is picked up (12 and later)."""
    caller = plot.comes_in()
    phone = plot.phone("101", caller)
    plot.then(plot.words.born(phone))
    plot.then(plot.words.enters(caller, "b1"), plot.words.enters(phone, "b1"), plot.words.dials(caller, phone, "101"))
    plot.then(plot.words.state(phone, 5))
    if plot.choose([True, False]):
        plot.then(plot.words.state(phone, 6), plot.words.state(caller, 6))
        plot.ends(caller, phone, "b1")
        plot.verdicts.append(Verdict("inbound", "answered", answered_by="101", talked_last="101"))
        return
    plot.then(plot.words.wants_to_end(caller))
    plot.then(
        *(
            [*plot.words.leaves(who, "b1"), *plot.words.hangs_up(who, 16 if who is caller else 0)]
            for who in (caller, phone)
        )
    )
    plot.verdicts.append(Verdict("inbound", "missed", missed_reason="no_answer"))


def picked_up(plot: Plot) -> None:
    """A colleague takes a call that rings elsewhere (12 and later)."""
    caller = plot.comes_in()
    (ringing,) = plot.rings(caller, ["101"])
    picker = plot.channel("104", number="104", context="from-internal", exten="*8", state=4)
    plot.then(plot.words.born(picker))
    plot.then([*plot.words.state(picker, 6), *plot.words.picks_up(picker, ringing)])
    plot.then(
        plot.words.hangs_up(ringing, 26),
        [*plot.words.state(caller, 6), *plot.words.enters(caller, "b1")],
        plot.words.enters(picker, "b1"),
    )
    plot.ends(caller, picker, "b1")
    plot.verdicts.append(Verdict("inbound", "answered", answered_by="104", talked_last="104"))


OLD: tuple[Callable[[Plot], None], ...] = (ring_group, busy, outbound, originated)
MODERN = (*OLD, agents_day, early_media, picked_up)
