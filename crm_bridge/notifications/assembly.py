"""All of notifications from the settings, and what hears of things that people are told of."""

from contextlib import AsyncExitStack
from typing import Any
from zoneinfo import ZoneInfo

from crm_bridge.api.ports import CallbackOrders
from crm_bridge.cases.book import CaseChange
from crm_bridge.cases.lifecycle import CaseVerb
from crm_bridge.console_settings import NotificationSettings
from crm_bridge.notifications.sender import Sender
from crm_bridge.notifications.store import TARGET, Notice, NoticeKind, NoticeStore, tell
from crm_bridge.notifications.target import PeopleTarget
from crm_bridge.notifications.watch import NoticeWatch
from crm_bridge.outbox.store import TargetRow
from telephony.events import CallbackChanged
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool

_A_SECOND, _BURST = 5.0, 20


class Notifications:
    """Made by `open_notifications`."""

    row = TargetRow(TARGET, _A_SECOND, _BURST)

    def __init__(self, pool: Pool, clock: Clock, zone: ZoneInfo, sender: Sender, url: str) -> None:
        self._pool = pool
        self._clock = clock
        self._zone = zone
        self.sender = sender
        self.store = NoticeStore(pool, clock)
        self.target = PeopleTarget(pool, sender, zone, url)

    async def callback_changed(self, tx: Transaction, event: CallbackChanged) -> None:
        """Tell the owner of a customer who was missed, in the transaction of the miss."""
        if event.verb == "miss" and event.closed_at is None:
            facts = {"request_id": event.request_id}
            notice = Notice(NoticeKind.MISSED, f"{event.request_id}.{event.misses}", event.owner or None, facts)
            await tell(tx, notice, self._clock())

    async def alarm_raised(self, tx: Transaction, alarm: Any) -> None:  # noqa: ANN401 - telephony's, read by its attributes
        """Tell administrators and heads of an alarm, in its transaction."""
        facts = {"cause": alarm.cause, "why": alarm.why}
        notice = Notice(NoticeKind.ALARM, str(alarm.id), None, facts)
        await tell(tx, notice, self._clock(), heads=True, admins=True)

    async def case_changed(self, tx: Transaction, change: CaseChange) -> None:
        """Tell the owner of an unhappy customer, and the heads where there is none or nothing was done in time."""
        case = change.case
        facts = {"case_id": case.case_id}
        if change.verb in {CaseVerb.OPEN, CaseVerb.ADD, CaseVerb.GIVE}:
            thing = f"{case.case_id}.{len(case.reasons)}.{case.owner}"
            notice = Notice(NoticeKind.CASE, thing, case.owner or None, facts)
            await tell(tx, notice, change.at, heads=not case.owner)
        elif change.verb is CaseVerb.ESCALATE:
            notice = Notice(NoticeKind.CASE_DUE, str(case.case_id), None, facts)
            await tell(tx, notice, change.at, heads=True)

    def watch(self, callbacks: CallbackOrders) -> NoticeWatch:
        """Make what looks for the rest."""
        return NoticeWatch(self._pool, self._clock, self._zone, callbacks)


def open_notifications(
    settings: NotificationSettings, pool: Pool, clock: Clock, zone: ZoneInfo, url: str, stack: AsyncExitStack
) -> Notifications:
    """Make them; ``stack`` closes the sender."""
    sender = Sender(local=settings.local, more=frozenset(settings.services))
    stack.callback(sender.close)
    return Notifications(pool, clock, zone, sender, url)
