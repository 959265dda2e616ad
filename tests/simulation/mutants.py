"""Ringback broken on purpose, in one way at a time: a simulation that does not notice it proves nothing.

Each mutant takes one thing away that a promise rests on. It is noticed if one of the first seeds in which that thing
matters (``needs``) finds something wrong.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from crm_bridge.outbox import store
from crm_bridge.outbox.dispatcher import Dispatcher
from crm_bridge.outbox.lifecycle import Delivered
from telephony.callback import engine, ledger_hook, reconcile, scheduler
from telephony.callback.ledger_hook import CallbackLedgerHook
from telephony.callback.policy.judging import known
from telephony.callback.policy.model import Outcome
from telephony.callback.promises.booking import Booking
from telephony.callback.promises.overdue import PromiseSettlement
from telephony.callback.reconcile import Reconciler
from telephony.callback.repository import CallbackRepository
from telephony.callback.talk_clock import TalkClock
from telephony.calls.spool import Spool
from telephony.errors import ActionTimedOut, PbxUnavailable
from tests.simulation.company import Plan

_LOOKED_AT: Final = 1000

Undo = Callable[[], None]
Break = Callable[[], Undo]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way to be broken."""

    what: str
    apply: Break
    needs: Callable[[Plan], bool] = lambda _: True
    """Whether a seed's day is rough enough for it to matter."""


def _replaced(owner: Any, name: str, new: Callable[..., Any]) -> Break:  # noqa: ANN401 - a class or a module
    """Give the break that puts ``new(old, ...)`` in the place of ``old``."""

    def apply() -> Undo:
        old = getattr(owner, name)
        setattr(owner, name, lambda *given, **named: new(old, *given, **named))
        return lambda: setattr(owner, name, old)

    return apply


async def _nothing(*_: object, **__: object) -> None:
    """Do nothing."""


async def _again(ring: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401
    try:
        return await ring(*given, **named)
    except (ActionTimedOut, PbxUnavailable):
        return await ring(*given, **named)


def _blind_to_the_key() -> Undo:
    whole = store.SQL
    claim = whole.claim.replace("ahead.id < m.id", "ahead.id < m.id and false")
    vars(store)["SQL"] = whole._replace(claim=claim)
    return lambda: vars(store).update(SQL=whole)


def _blind_to_the_clock() -> Undo:
    corrected = _replaced(TalkClock, "corrected", lambda _old, _self, call: call)()
    set_back = _replaced(TalkClock, "set_back", lambda *_: timedelta())()

    def undo() -> None:
        set_back()
        corrected()

    return undo


async def _left_alone(_: object, self: Any, _pbx: object, attempt: Any) -> None:  # noqa: ANN401
    await self._later(attempt, reconcile._LISTENING)  # noqa: SLF001


async def _not_looked_for(look: Any, self: Any, attempt: Any) -> None:  # noqa: ANN401
    if attempt.withdrawn is None:
        await self._later(attempt, reconcile._ADOPTED)  # noqa: SLF001
    else:
        await look(self, attempt)


def _not_reached(judge: Any, attempt: Any, call: Any, settings: Any, *more: Any) -> Any:  # noqa: ANN401
    if known(attempt, call, settings, *more) is None and attempt.accepted_at is not None:
        return Outcome.NO_ANSWER
    return judge(attempt, call, settings, *more)


def _taken_for_delivered(follows: Any, self: Any, message: Any, _answer: object) -> Any:  # noqa: ANN401
    return follows(self, message, Delivered("HTTP 204"))


async def _taken(*_: object) -> bool:
    return True


async def _only_whole(missed: Any, self: Any, transaction: Any, event: Any) -> None:  # noqa: ANN401
    if not event.call.repaired:
        await missed(self, transaction, event)


def _rough(plan: Plan) -> bool:
    return plan.kills or plan.slow or plan.restarts


MUTANTS: Final[Mapping[str, Mutant]] = {
    "originate twice": Mutant(
        "an Originate whose answer was lost is sent again", _replaced(engine, "ring", _again), lambda it: it.slow
    ),
    "deaf to talks": Mutant("who got through is not noted", _replaced(CallbackLedgerHook, "_got_through", _nothing)),
    "key blind": Mutant(
        "the outbox does not look at what is ahead in its key", _blind_to_the_key, lambda it: it.troubled > 0
    ),
    "promises open": Mutant("promises are not settled", _replaced(PromiseSettlement, "__call__", _nothing)),
    "phones ring on": Mutant(
        "phones that nobody wants any more are not taken down", _replaced(Reconciler, "_take_down", _left_alone)
    ),
    "unknown is unreached": Mutant(
        "an accepted dial of which nothing is known counts as not reached",
        _replaced(reconcile, "judge", _not_reached),
        lambda it: it.hunted and it.mute and it.kills and not it.cel,
    ),
    "nobody looks": Mutant(
        "attempts of which nothing was heard are not looked for",
        _replaced(Reconciler, "_look", _not_looked_for),
        _rough,
    ),
    "spool forgets": Mutant(
        "what an earlier process left in the spool is thrown away",
        _replaced(Spool, "_adopt", lambda _old, _self, path: path.unlink()),
        lambda it: it.spool and it.away and not it.cel,
    ),
    "spool keeps nothing": Mutant(
        "events are not written to the spool",
        _replaced(Spool, "_append", lambda _old, self, events: setattr(self, "waiting", self.waiting + len(events))),
        lambda it: it.spool and it.away and not it.cel,
    ),
    "refusals count": Mutant(
        "a message that was refused counts as delivered",
        _replaced(Dispatcher, "_follows", _taken_for_delivered),
        lambda it: it.troubled > 0,
    ),
    "promise unwritten": Mutant(
        "a caller is promised a time that is not written", _replaced(Booking, "_exchange", _taken)
    ),
    "ladder forgets": Mutant(
        "who was rung in a round is forgotten", _replaced(scheduler, "_rung", lambda _old, _rows: {})
    ),
    "all ring on": Mutant(
        "the other phones of a step are not withdrawn when somebody accepts",
        _replaced(CallbackRepository, "withdraw", _nothing),
    ),
    "repaired misses": Mutant(
        "a missed call of which a part went unheard makes no request",
        _replaced(CallbackLedgerHook, "_missed", _only_whole),
        _rough,
    ),
    "order by the clock": Mutant(
        "whether somebody got through before or after a miss is told by the PBX's clock alone",
        _replaced(ledger_hook, "heard_after", lambda *_: False),
        lambda it: it.steps and it.large,
    ),
    "talks by the clock": Mutant(
        "how long they talked is told by the PBX's clock alone",
        _blind_to_the_clock,
        lambda it: it.steps and it.hunted,
    ),
    "lost is forgiven": Mutant(
        "an attempt ends, and its request does not go on",
        _replaced(CallbackRepository, "_moves_request", lambda *_: False),
    ),
}


def seeds_for(name: str, most: int) -> list[int]:
    """The seeds in which a mutant is asked for: of those that are rough enough for it, small companies first."""
    plans = {seed: Plan.drawn(random.Random(f"{seed} plan")) for seed in range(1, _LOOKED_AT)}  # noqa: S311 - dice
    rough = [seed for seed, plan in plans.items() if MUTANTS[name].needs(plan)]
    return sorted(rough, key=lambda seed: plans[seed].large)[:most]
