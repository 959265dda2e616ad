"""What an outsider sees and holds against the daemon: the telephones, the receiver's post, the rows.

The invariants. What can be seen at a telephone is checked the moment it happens, the rows after every step (`rows`),
what must be true in the end at the end (`finally_`).
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tests.simulation.company import Wall
from tests.simulation.people import Customer, Ear, Moment, Phone
from tests.simulation.rows import END, ROWS, TO_RING
from tests.simulation.server import Server
from tests.simulation.story import Story

REACHED_SECONDS = 5.0
_TAKEN_DOWN_WITHIN = 10.0
_SAFE_AFTER = 1.0
_KNOWN_AFTER = 3.0
"""Seconds from the commit of an answered call until nobody may be dialled by what was known before."""


class Watch:
    """See the module."""

    def __init__(self, story: Story, server: Server, clock: Wall) -> None:
        self.story = story
        self._server = server
        self._clock = clock
        self._ringing: dict[str, Phone] = {}
        self._sent: set[str] = set()
        self._dialling: dict[str, str] = {}
        self._forwards: dict[str, int] = {}
        """How often the clock had been set forward when a phone was rung."""
        self._request_of: dict[str, tuple[int, int]] = {}
        self._through: dict[str, dict[str, tuple[Moment, float]]] = {}
        """When somebody began to talk on a call of their own, and when the ledger had it."""
        self._began: dict[str, Moment] = {}
        self._delivered: dict[tuple[str, str], int] = {}
        self._taken: set[tuple[str, int]] = set()
        self._unwanted: dict[str, float] = {}
        self._heard: set[str] = set()
        self._seen: set[tuple[str, str]] = set()
        self._inbound: set[str] = set()
        self._whole: set[str] = set()
        """The calls that a daemon heard from their birth to their end, or to their answer, as they were."""
        self._bugs: list[BaseException] = []
        self.tense: Callable[[], None] = lambda: None
        """Told of each moment at which trouble hurts most."""
        self.life: Callable[[], int] = lambda: 0
        """Tells which start of Asterisk this is."""
        self.all_written = False
        """Whether the PBX writes CEL: every call, whoever listens."""
        self.ears: Callable[[], list[Ear]] = list
        """Tells which daemons live."""
        self._heard_by: dict[str, list[Ear]] = {}

    def told(self, who: str, what: str) -> None:
        self.story.tell(who, what)

    def _now(self, call: str) -> Moment:
        return Moment(asyncio.get_running_loop().time(), self._clock(), self.life(), call)

    def _after(self, talk: Moment, miss: Moment | None) -> bool:
        """Whether a talk was later than a miss, and somebody can know it: by the clock, or by what was heard.

        A clock that was set back makes the later one look like the earlier; Asterisk numbers its channels in their
        order, but anew after a start, and of what is read from CEL later nobody knows the order.
        """
        if miss is None:
            return True
        ordered = {talk.call, miss.call} <= self._whole and talk.life == miss.life
        return talk.seconds > miss.seconds and (talk.told > miss.told or ordered)

    def broken(self, task: "asyncio.Task[Any]") -> None:
        """The simulation itself is wrong."""
        error = task.exception()
        if error is not None:
            self._bugs.append(error)

    def raise_bugs(self) -> None:
        if self._bugs:
            raise self._bugs[0]

    # --- managers' telephones -----------------------------------------------------------------------------------------

    def originate(self, channel_id: str, dialstring: str) -> None:
        self.story.count("originates")
        self.told("pbx", f"Originate {dialstring} as {channel_id}")
        if channel_id in self._sent:
            self.story.wrong(f"the Originate of {channel_id} was sent twice")
        self._sent.add(channel_id)
        self._forwards[channel_id] = self._clock.forwards
        rows = self._server.ask(TO_RING, channel_id)
        if rows and rows[0]["again"]:
            self.story.wrong(f"{channel_id} rings {rows[0]['manager']}, who has refused in this round")
        if not rows:
            known = self._server.ask("SELECT outcome FROM callback_attempts WHERE channel_id = $1", channel_id)
            self.story.wrong(
                f"{channel_id} is rung " + ("though it was not written before" if not known else "after its end")
            )
        self._request_of[channel_id] = (rows[0]["request_id"], rows[0]["round"]) if rows else (-1, -1)

    def rings(self, channel_id: str, phone: Phone) -> None:
        """A manager's phone begins to ring for an attempt."""
        self.told(phone.manager, f"is rung as {channel_id}")
        request, round_ = self._request_of[channel_id]
        others = [it for it in self._ringing if self._request_of[it][0] == request]
        batch = channel_id.rpartition("-")[2]
        for other in others:
            together = other.rpartition("-")[2] == batch  # a step of the ladder rings its people at once
            if not together and not self._taken_down(other):
                self.story.wrong(f"two phones ring for request {request} (round {round_}): {other} and {channel_id}")
        if any(it.manager == phone.manager for it in self._ringing.values()):
            self.story.wrong(f"{phone.manager} is rung twice at once: {channel_id}")
        self._ringing[channel_id] = phone

    def _taken_down(self, channel_id: str) -> bool:
        """Whether the daemon has written that it is not wanted: then it is on its way down."""
        rows = self._server.ask(
            "SELECT FROM callback_attempts WHERE channel_id = $1 AND (withdrawn IS NOT NULL OR ended_at IS NOT NULL)",
            channel_id,
        )
        return bool(rows)

    def unwanted(self, seconds: float, *, well: bool) -> None:
        """See how long phones ring that nobody wants any more, while a daemon is there that could take them down."""
        if not self._ringing:
            return
        rows = self._server.ask(
            "SELECT channel_id FROM callback_attempts JOIN callback_requests USING (request_id)"
            " WHERE (withdrawn IS NOT NULL OR state <> 'ringing') AND channel_id = ANY($1::text[])",
            list(self._ringing),
        )
        for row in rows:
            channel = row["channel_id"]
            before = self._unwanted.get(channel, 0.0)
            self._unwanted[channel] = before + seconds if well else 0.0
            if before <= _TAKEN_DOWN_WITHIN < self._unwanted[channel]:
                self.story.wrong(f"{channel} rings on for {self._unwanted[channel]:.0f} s after it was withdrawn")

    def stops_ringing(self, channel_id: str) -> None:
        self._ringing.pop(channel_id, None)

    def calls_us(self, customer: Customer, uniqueid: str) -> None:
        self._inbound.add(uniqueid)
        customer.calls.append(uniqueid)
        self.told(customer.name, f"calls us ({uniqueid})")

    # --- customers' telephones ----------------------------------------------------------------------------------------

    def customer_rings(self, customer: Customer, attempt: str) -> None:
        """A callback dials a customer."""
        now = asyncio.get_running_loop().time()
        self.story.count("customers dialled")
        self.told(customer.name, f"is dialled by {attempt}")
        other = self._dialling.get(customer.number)
        if other is not None:
            self.story.wrong(f"{customer.name} is dialled by {attempt} and by {other} at once")
        if self._is_known_as_reached(customer):
            self.story.wrong(f"{customer.name} is dialled by {attempt} after they were reached: {customer.reached}")
        for linkedid, (began, known) in self._through.get(customer.number, {}).items():
            is_known = self._after(began, customer.missed_at) and self._all_known_since(customer, linkedid)
            if is_known and now - known > _KNOWN_AFTER:
                when = "while they talk with us" if linkedid in customer.channels else "after they got through"
                self.story.wrong(f"{customer.name} is dialled by {attempt} {when}, known for {now - known:.1f} s")
        self._dialling[customer.number] = attempt
        self.tense()

    def _is_known_as_reached(self, customer: Customer) -> bool:
        """Whether they were reached by a callback since their last miss, and somebody can know it."""
        if not customer.reached or not self._all_known_since(customer, customer.reached_before):
            return False
        known_by = customer.reached_known_by
        step_is_seen = customer.reached_forwards == self._clock.forwards
        return known_by is None or step_is_seen or (bool(known_by) and all(ear.hears for ear in known_by))

    def _all_known_since(self, customer: Customer, call: str) -> bool:
        """Whether somebody knows how each of their own calls after ``call`` ended.

        What began before a gap in the hearing and ended in it counts as missed, if nobody wrote CEL: that is a guess,
        and they are rather called once too often than never.
        """
        since = customer.calls[customer.calls.index(call) + 1 :] if call in customer.calls else customer.calls
        known = self.all_written or set(since) <= self._whole
        self.story.count("dialled for a call whose end nobody knows", by=not known)
        return known

    def customer_rings_no_more(self, customer: Customer) -> None:
        self._dialling.pop(customer.number, None)

    def missed(self, customer: Customer, uniqueid: str) -> None:
        """Their call ends, and nobody answered: whatever was, they want to be called back."""
        self.told(customer.name, "hangs up, unanswered")
        self.story.count("misses")
        customer.reached, customer.reached_known_by = "", None
        customer.missed_at = self._now(uniqueid)
        customer.owed = uniqueid

    def talk_begins(self, customer: Customer, what: str) -> None:
        self.told(customer.name, f"talks: {what}")
        call = what.rpartition(" ")[2]
        self._began[call] = self._now(call)
        self._heard_by[what] = [ear for ear in self.ears() if ear.hears]
        self.tense()
        customer.talks += 1
        customer.owed = ""

    def talk_ends(self, customer: Customer, what: str, seconds: float, by_clock: float) -> None:
        """A talk ends; ``by_clock`` is what the PBX's own clock makes of it, which may have been set meanwhile."""
        self.told(customer.name, f"talked for {seconds:.1f} s: {what}")
        customer.talks -= 1
        heard_by = self._heard_by.pop(what)
        if not what.startswith("callback") or seconds < REACHED_SECONDS + 1.0:  # the dialplan counts whole seconds
            return
        measured = by_clock < 0 or by_clock >= REACHED_SECONDS + 1.0
        customer.reached_forwards = self._forwards[what.split()[1]]
        heard_whole = heard_by and all(ear.hears for ear in heard_by) and len(heard_by) == len(self.ears())
        if not measured and not heard_whole and customer.reached_forwards != self._clock.forwards:
            self.story.count("talks that nobody can measure: the clock was set back, and forth again")
            return
        self.story.count("reached")
        customer.reached = f"{what}, {seconds:.0f} s"
        customer.reached_known_by = None if measured else heard_by if heard_whole else []
        customer.reached_before = customer.calls[-1] if customer.calls else ""

    def got_through(self, customer: Customer, linkedid: str) -> None:
        """The ledger has written that somebody talked with them on a call of the ordinary kind; each call once."""
        known = self._through.setdefault(customer.number, {})
        if linkedid not in known:
            known[linkedid] = (self._began.get(linkedid, self._now(linkedid)), asyncio.get_running_loop().time())
            self.told(customer.name, f"got through by {linkedid}: the ledger has it")

    def heard_whole(self, linkedid: str) -> None:
        """The ledger has a call as it was heard, not as somebody guessed it or read it later."""
        self._whole.add(linkedid)

    def heard_ends(self, ends: Sequence[tuple[float, str]], died: float) -> None:
        """A daemon with a spool heard these channels end; what is older than a moment when it dies is never lost."""
        self._heard |= {uniqueid for at, uniqueid in ends if at + _SAFE_AFTER < died}

    def promised(self, customer: Customer, at: datetime) -> None:
        """A caller was told a time: it must be written."""
        self.story.count("promises")
        self.told(customer.name, f"is promised {at:%H:%M:%S}")
        rows = self._server.ask(
            "SELECT FROM promises p JOIN callback_requests r USING (request_id)"
            " WHERE r.customer = $1 AND p.promised_at = $2",
            customer.number,
            at,
        )
        if not rows:
            self.story.wrong(f"{customer.name} was promised {at}, and it is not written")

    # --- the receiver -------------------------------------------------------------------------------------------------

    def delivered(self, target: str, key: str, number: int) -> None:
        """A receiver has taken a message; the same one may come again only while its answer is not written down."""
        last = self._delivered.get((target, key), 0)
        if number < last:
            self.story.wrong(f"{target} hears message {number} of {key} after {last}")
        if number == last:
            self.story.count("messages repeated")
            if self._server.ask("SELECT FROM outbox_messages WHERE id = $1 AND state = 'delivered'", number):
                self.story.wrong(f"{target} hears message {number} of {key} again, though it is delivered")
        self._delivered[target, key] = max(last, number)
        self._taken.add((target, number))

    # --- rows ---------------------------------------------------------------------------------------------------------

    def rows(self) -> None:
        """Look at the rows after a step."""
        self._look(self._server.ask(ROWS))

    def finally_(self, customers: Sequence[Customer]) -> None:
        """Look at the rows when all is over."""
        self._look(self._server.ask(END))
        known = {row["linkedid"] for row in self._server.ask("SELECT linkedid FROM calls WHERE ended_at IS NOT NULL")}
        for lost in sorted(self._heard & self._inbound - known):
            self.story.wrong(f"the call {lost} was heard to its end and is not in the ledger")
        for lost in sorted(self._inbound - known) if self.all_written else ():
            self.story.wrong(f"the call {lost} is in CEL and not in the ledger")
        rows = self._server.ask("SELECT target, id FROM outbox_messages WHERE state = 'delivered' ORDER BY id")
        for row in rows:
            if (row["target"], row["id"]) not in self._taken:
                self.story.wrong(f"message {row['id']} counts as delivered, but {row['target']} never had it")
        if self.story.counts.get("misses", 0) > 10 and not self._sent:
            self.story.wrong("nobody was ever called back")
        for customer in customers:
            if customer.talks:
                self.story.wrong(f"{customer.name} talks for ever")
            if customer.owed in self._whole:
                self._not_forgiven(customer)

    def _not_forgiven(self, customer: Customer) -> None:
        """Who was missed and talked with nobody since: their request must not say that they got through."""
        rows = self._server.ask(
            "SELECT closed_for FROM callback_misses JOIN callback_requests USING (request_id)"
            " WHERE call_id LIKE '%:' || $1 AND closed_for IN ('got_through', 'called_by_us', 'reached')",
            customer.owed,
        )
        talks = {call for call, moment in self._began.items() if moment.life == self.life()}
        if rows and set(self._through.get(customer.number, {})) <= self._whole & talks:
            self.story.wrong(f"{customer.name} was missed by {customer.owed}, and it counts as {rows[0]['closed_for']}")

    def _look(self, rows: Sequence[Any]) -> None:
        for row in rows:
            what, which = row["what"], row["which"]
            if (what, which) not in self._seen:
                self._seen.add((what, which))
                self.story.wrong(f"{what}: {which}")
