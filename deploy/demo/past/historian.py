"""Makes up the rows of a past, call by call."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from deploy.demo.past.model import Past, Sound, Staff
from deploy.demo.past.names import DIDS, FIRMS, FIRST, HOURS, LAST
from deploy.demo.past.rows import CallRows

_SOUND: Final = 0.85
"""The share of talks that have a recording."""


class Historian:
    """Makes up a past; ``pbx`` names the ledger's PBX, ``sounds`` are what recordings sound like."""

    def __init__(
        self, pbx: str, zone: ZoneInfo, staff: Sequence[Staff], sounds: Sequence[Sound], rng: random.Random
    ) -> None:
        self._pbx, self._zone, self._staff, self._sounds, self._rng = pbx, zone, staff, sounds, rng
        self._request = 0
        self._past = Past()
        self._rows = CallRows(pbx, self._past, rng)
        self._customers = [self._customer(place) for place in range(140)]

    def past(self, now: datetime, days: int = 90, a_day: int = 60) -> Past:
        """Make it: ``days`` before ``now``, each with some ``a_day`` calls."""
        today = now.astimezone(self._zone).date()
        for back in range(days, -1, -1):
            day = today - timedelta(days=back)
            for at in self._times(day, a_day):
                if at < now - timedelta(minutes=20):
                    self._story(at)
        return self._past

    def waiting(self, now: datetime, count: int = 5) -> None:
        """Add callers of the last minutes who still wait to be rung back."""
        for place in range(count):
            customer, name = self._customers[-1 - place * 3]
            missed = now - timedelta(minutes=place * 1.7 + 0.4)
            begun = missed - timedelta(seconds=25)
            call_id = self._rows.call(
                begun, "inbound", customer, caller_name=name, dialed=DIDS[0], did=DIDS[0], ended_at=missed, disposition="missed", missed_reason="no_answer"
            )  # fmt: skip
            self._rows.leg(
                call_id, 0, "PJSIP/carrier", customer, name, begun, missed, rang=None, answered=begun, cause=16
            )
            for number, staff in enumerate(self._staff, 1):
                busy = number == 1
                ended = begun + timedelta(seconds=1) if busy else missed
                self._rows.leg(
                    call_id, number, f"PJSIP/{staff.extension}", staff.extension, staff.name, begun, ended,
                    rang=None if busy else begun + timedelta(seconds=1), answered=None, cause=17 if busy else 19,
                )  # fmt: skip
            self._request += 1
            self._past.add(
                "callback_requests", request_id=self._request, pbx=self._pbx, customer=customer, heard_number=customer, name=name, did=DIDS[0],
                trunk="PJSIP/carrier", state="held" if place == 4 else "waiting", waits_for=("new", "nobody_free", "ladder", "retry", "stale")[place],
                misses=1 + place % 3, first_missed_at=missed, last_missed_at=missed, last_call_id=call_id, due_at=now + timedelta(hours=2), round_began_at=missed,
                spent=0, owner=self._staff[place % 3].extension, owner_asked=True, rang_at=None, accepted_at=None, talked_at=None, closed_at=None,
                closed_for=None, closed_by="", ring_by=missed + timedelta(minutes=5),
            )  # fmt: skip
            self._past.add(
                "callback_misses", call_id=call_id, request_id=self._request, customer=customer, missed_at=missed
            )
            self._past.add(
                "callback_history",
                request_id=self._request,
                at=missed,
                verb="miss",
                state="waiting",
                reason="new",
                by_whom="",
            )

    def directory(self) -> list[tuple[str, str, str]]:
        """Return the customers that are known: number, name, the extension of who serves them."""
        return [
            (number, name, self._staff[place % len(self._staff)].extension)
            for place, (number, name) in enumerate(self._customers[:90])
        ]

    # --- what happens -------------------------------------------------------------------------------------------------

    def _customer(self, place: int) -> tuple[str, str]:
        number = f"+380{self._rng.choice((50, 63, 66, 67, 73, 93, 95, 97))}{2000000 + place * 7919:07d}"
        name = self._rng.choice(FIRMS) if place % 9 == 0 else f"{self._rng.choice(FIRST)} {self._rng.choice(LAST)}"
        return number, "" if place % 11 == 10 else name

    def _times(self, day: date, a_day: int) -> list[datetime]:
        weekday = day.isoweekday()
        count = round(a_day * {6: 0.45, 7: 0.08}.get(weekday, 1.0) * self._rng.uniform(0.75, 1.25))
        hours = self._rng.choices(list(HOURS), list(HOURS.values()), k=count)
        moments = [time(hour, self._rng.randrange(60), self._rng.randrange(60)) for hour in hours]
        return sorted(datetime.combine(day, moment, self._zone).astimezone(UTC) for moment in moments)

    def _story(self, at: datetime) -> None:
        customer, name = self._customers[min(int(self._rng.expovariate(1 / 40)), len(self._customers) - 1)]
        hour = at.astimezone(self._zone).hour
        chance = self._rng.random()
        if chance < 0.24:
            self._we_call(at, customer)
        elif chance < 0.29:
            self._colleagues(at)
        elif chance < (0.80 if 9 <= hour < 18 else 0.30):
            self._answered(at, customer, name)
        else:
            self._missed(at, customer, name, closed=not 9 <= hour < 18)

    def _answered(self, at: datetime, customer: str, name: str) -> None:
        staff, did = self._rng.choice(self._staff), self._rng.choice(DIDS)
        wait = timedelta(seconds=2 + self._rng.expovariate(1 / 9))
        sound, talk = self._talk(150)
        answered = at + wait
        end = answered + talk
        call_id = self._rows.call(
            at, "inbound", customer, caller_name=name, dialed=did, did=did, queue="sales" if did.endswith("601") else "",
            manager=staff.extension, answered_at=answered, ended_at=end, talk=talk, **self._rows.talker(staff),
        )  # fmt: skip
        self._rows.leg(call_id, 0, "PJSIP/carrier", customer, name, at, end, rang=None, answered=at, cause=16)
        for place, other in enumerate(self._staff if did.endswith(("600", "601")) else [staff], 1):
            took = other is staff
            self._rows.leg(
                call_id, place, f"PJSIP/{other.extension}", other.extension, other.name, at + timedelta(seconds=1),
                end if took else answered, rang=at + timedelta(seconds=1.5), answered=answered if took else None, cause=16 if took else 26,
            )  # fmt: skip
        self._rows.recorded(call_id, answered, talk, sound)
        self._rows.noted(call_id, at, end, staff)

    def _talk(self, mean: float) -> tuple[Sound | None, timedelta]:
        """Draw a talk: as long as its recording, if it has one."""
        sound = self._rng.choice(self._sounds) if self._sounds and self._rng.random() < _SOUND else None
        return sound, timedelta(seconds=sound.seconds if sound else 8 + self._rng.expovariate(1 / mean))

    def _we_call(self, at: datetime, customer: str, kind: str = "ordinary", staff: Staff | None = None) -> str:
        staff = staff or self._rng.choice(self._staff)
        reached = kind == "callback" or self._rng.random() < 0.7
        wait = timedelta(seconds=5 + self._rng.expovariate(1 / 8))
        sound, talk = self._talk(120) if reached else (None, timedelta())
        end = at + wait + talk
        answer: dict[str, Any] = {"disposition": "no_answer"}
        if reached:
            answer = {
                "disposition": "answered",
                "answered_at": at + wait,
                "answered_by_number": customer,
                "answered_by_name": "",
                "answered_by_channel": "PJSIP/carrier-1",
            }
        call_id = self._rows.call(
            at, "outbound", customer, kind=kind, caller_number=staff.extension, caller_name=staff.name, dialed=customer,
            manager=staff.extension, ended_at=end, talk=talk, **answer,
        )  # fmt: skip
        self._rows.leg(
            call_id,
            0,
            f"PJSIP/{staff.extension}",
            staff.extension,
            staff.name,
            at,
            end,
            rang=None,
            answered=at,
            cause=16,
        )
        self._rows.leg(
            call_id, 1, "PJSIP/carrier", customer, "", at + timedelta(seconds=1), end, rang=at + timedelta(seconds=2),
            answered=at + wait if reached else None, cause=16 if reached else 19,
        )  # fmt: skip
        if reached:
            self._rows.recorded(call_id, at + wait, talk, sound)
            self._rows.noted(call_id, at, end, staff)
        return call_id

    def _colleagues(self, at: datetime) -> None:
        one, other = self._rng.sample(list(self._staff), 2)
        end = at + timedelta(seconds=6 + self._rng.expovariate(1 / 40))
        call_id = self._rows.call(
            at, "internal", "", caller_number=one.extension, caller_name=one.name, dialed=other.extension, manager=one.extension, trunk="",
            answered_at=at + timedelta(seconds=4), ended_at=end, talk=end - at - timedelta(seconds=4), **self._rows.talker(other),
        )  # fmt: skip
        self._rows.leg(
            call_id, 0, f"PJSIP/{one.extension}", one.extension, one.name, at, end, rang=None, answered=at, cause=16
        )
        self._rows.leg(
            call_id,
            1,
            f"PJSIP/{other.extension}",
            other.extension,
            other.name,
            at,
            end,
            rang=at,
            answered=at + timedelta(seconds=4),
            cause=16,
        )

    def _missed(self, at: datetime, customer: str, name: str, *, closed: bool) -> None:
        did = self._rng.choice(DIDS)
        wait = timedelta(seconds=4 + self._rng.expovariate(1 / 18))
        end = at + wait
        why = (
            "off_hours"
            if closed
            else self._rng.choices(("no_answer", "busy", "abandoned_waiting", "abandoned_menu"), (5, 3, 4, 1))[0]
        )
        call_id = self._rows.call(
            at, "inbound", customer, caller_name=name, dialed=did, did=did, queue="sales" if why == "abandoned_waiting" else "",
            ended_at=end, disposition="missed", missed_reason=why,
        )  # fmt: skip
        self._rows.leg(call_id, 0, "PJSIP/carrier", customer, name, at, end, rang=None, answered=at, cause=16)
        if why in {"no_answer", "busy", "abandoned_waiting"}:
            for place, staff in enumerate(self._staff[: 1 if did.endswith(("101", "102")) else 3], 1):
                busy = why == "busy" or self._rng.random() < 0.3
                begun = at + timedelta(seconds=1)
                self._rows.leg(
                    call_id, place, f"PJSIP/{staff.extension}", staff.extension, staff.name, begun, begun + timedelta(seconds=0.2) if busy else end,
                    rang=None if busy else begun, answered=None, cause=17 if busy else 19,
                )  # fmt: skip
        self._called_back(call_id, customer, name, did, end, closed=closed)

    # --- what follows -------------------------------------------------------------------------------------------------

    def _called_back(self, call_id: str, customer: str, name: str, did: str, missed: datetime, *, closed: bool) -> None:
        self._request += 1
        owner, request = self._rng.choice(self._staff), self._request
        opened = self._opening(missed) if closed else missed
        fate = self._rng.choices(
            ("reached", "got_through", "attempts_spent", "by_hand", "do_not_call"), (64, 20, 9, 5, 2)
        )[0]
        rang = opened + timedelta(
            seconds=min(900, 8 + self._rng.expovariate(1 / (70 if self._rng.random() < 0.88 else 500)))
        )
        accepted = rang + timedelta(seconds=self._rng.uniform(4, 14))
        ending = accepted + timedelta(seconds=self._rng.uniform(40, 400))
        reached = fate == "reached"
        state = {"reached": "done", "got_through": "done", "by_hand": "cancelled"}.get(fate, "discarded")
        was_rung = fate not in {"got_through", "do_not_call"}
        self._past.add(
            "callback_requests", request_id=request, pbx=self._pbx, customer=customer, heard_number=customer, name=name, did=did,
            trunk="PJSIP/carrier", state=state, waits_for="new", misses=1, first_missed_at=missed, last_missed_at=missed, last_call_id=call_id,
            due_at=opened, round_began_at=missed, spent=3 if fate == "attempts_spent" else 0, owner=owner.extension, owner_asked=True,
            rang_at=rang if was_rung else None, accepted_at=accepted if reached else None, talked_at=accepted + timedelta(seconds=9) if reached else None,
            closed_at=ending, closed_for=fate, closed_by="head" if fate == "by_hand" else "", ring_by=opened + timedelta(minutes=5),
        )  # fmt: skip
        self._past.add("callback_misses", call_id=call_id, request_id=request, customer=customer, missed_at=missed)
        local = missed.astimezone(self._zone)
        late = was_rung and rang > opened + timedelta(minutes=5)
        self._past.add(
            "callback_facts", request_id=request, day=local.date(), hour=local.hour, did=did, owner=owner.extension, manager=owner.extension if was_rung else None,
            fate={"reached": "answered_later", "got_through": "got_through", "do_not_call": "never_call"}.get(fate, "lost"),
            target="missed" if late else "met" if was_rung else "not_needed", why_not="nobody_free" if late else "", ring_by=opened + timedelta(minutes=5),
            to_first_ring=(rang - opened).total_seconds() if was_rung else None, to_acceptance=(accepted - opened).total_seconds() if reached else None,
            to_talk=(accepted - opened).total_seconds() + 9 if reached else None, misses=1, closed_for=fate, closed_at=ending, calendar="past",
        )  # fmt: skip
        lines = [(missed, "miss", "waiting", "closed" if closed else "new", "")]
        if was_rung:
            lines.append((rang, "ring", "ringing", "owner", ""))
        if reached:
            callback = self._we_call(accepted, customer, "callback", owner)
            self._past.add(
                "callback_attempts", request_id=request, manager=owner.extension, channel_id=callback.partition(":")[2], pbx=self._pbx,
                dialstring=f"PJSIP/{owner.extension}", step="owner", round=1, daemon=0, written_at=rang, look_at=rang, rang_at=rang,
                answered_at=accepted - timedelta(seconds=2), accepted_at=accepted, ended_at=ending, outcome="reached",
            )  # fmt: skip
            lines += [
                (accepted, "accept", "dialling", "", owner.extension),
                (accepted + timedelta(seconds=9), "bridge", "talking", "", owner.extension),
            ]
        lines.append((ending, {"done": "done", "cancelled": "cancel"}.get(state, "discard"), state, fate, ""))
        for at, verb, stands, reason, by in lines:
            self._past.add(
                "callback_history", request_id=request, at=at, verb=verb, state=stands, reason=reason, by_whom=by
            )

    def _opening(self, after: datetime) -> datetime:
        local = after.astimezone(self._zone)
        day = local.date() if local.hour < 9 else local.date() + timedelta(days=1)
        if day.isoweekday() == 7:
            day += timedelta(days=1)
        return datetime.combine(day, time(9), self._zone).astimezone(UTC)
