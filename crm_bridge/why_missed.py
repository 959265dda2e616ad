"""Why a call was missed, in one sentence: whom it rang and how long, who could not be rung, how it ended.

    Rang Ivan (101) and Olena (102) for 22 s; busy: Maria (103); the caller hung up.

It is made of the call's legs alone, the same whether they were heard live or read from CEL (which tells no ringing:
then a phone rang from its leg's beginning). What nobody told is not said. Names are as the PBX has them, never HTML.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Final, Protocol

from crm_bridge.web.words.text import Text, UiLanguage
from telephony.model import Disposition, MissedReason

_BUSY_CAUSE: Final = 17
_REJECTED_CAUSE: Final = 21
_TIME_IS_UP_CAUSE: Final = 19
_TAKEN_AWAY_CAUSE: Final = 0
"""Of a phone from which the PBX took the call as its time was up; with the caller's own cause where they hung up."""
_HEARD_OUT: Final = frozenset({None, 0, 16, 18, 19, 26})
"""Causes of a phone that rang till something else ended it; others are a phone or a line that could not be reached."""
_TOGETHER_SECONDS: Final = 0.25
"""The legs of one hang-up end so close to each other."""
_MOST_NAMED: Final = 8


class UnansweredLeg(Protocol):
    """What is looked at of a leg; `telephony.model.Leg` and `crm_bridge.schemas.LegShape` have it."""

    @property
    def uniqueid(self) -> str:
        """Asterisk's."""
        ...

    @property
    def number(self) -> str:
        """Whose phone it is."""
        ...

    @property
    def name(self) -> str:
        """Theirs, or empty."""
        ...

    @property
    def started_at(self) -> datetime:
        """Its birth."""
        ...

    @property
    def rang_at(self) -> datetime | None:
        """When the phone began to ring, where that is told."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """Its end."""
        ...

    @property
    def hangup_cause(self) -> int | None:
        """By Q.850."""
        ...


class UnansweredCall(Protocol):
    """What is looked at of a call; `telephony.model.Call` and `crm_bridge.queries.calls.CallDetail` have it."""

    @property
    def call_id(self) -> str:
        """``<pbx>:<linkedid>``."""
        ...

    @property
    def disposition(self) -> Disposition:
        """How it ended."""
        ...

    @property
    def missed_reason(self) -> MissedReason | None:
        """Why it was missed."""
        ...

    @property
    def queue(self) -> str:
        """Where the caller waited."""
        ...

    @property
    def started_at(self) -> datetime:
        """Its begin."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """Its end."""
        ...

    @property
    def legs(self) -> Sequence[UnansweredLeg]:
        """All of its legs."""
        ...


class MissEnding(StrEnum):
    """How it ended for the caller."""

    CALLER_HUNG_UP = auto()
    """While phones rang."""
    LEFT_QUEUE = auto()
    """They waited in a queue, and hung up there."""
    NOBODY_PICKED_UP = auto()
    """The time of the phones or of the queue was up."""
    ALL_BUSY = auto()
    """No phone was named: no room in the queue, or the only line was busy."""
    REJECTED = auto()
    """Who was rung refused."""
    UNREACHABLE = auto()
    """No phone could be rung."""
    MENU = auto()
    """They were with a machine only."""
    VOICEMAIL = auto()
    """A mailbox answered."""
    OFF_HOURS = auto()
    """We were closed."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that the call was for."""

    number: str
    name: str = ""

    def __str__(self) -> str:
        """As it is written: ``Ivan (101)``."""
        if self.name and self.number and self.name != self.number:
            return f"{self.name} ({self.number})"
        return self.name or self.number or "?"


@dataclass(frozen=True, slots=True)
class Sentence:
    """Why a call was missed; `text` gives it in a language."""

    ending: MissEnding
    rang: tuple[Phone, ...] = ()
    rang_seconds: int = 0
    """From the first ring to the last phone's end."""
    busy: tuple[Phone, ...] = ()
    rejected: tuple[Phone, ...] = ()
    unreachable: tuple[Phone, ...] = ()
    queue: str = ""
    seconds: int = 0
    """How long the whole call was."""

    def text(self, language: UiLanguage) -> str:
        """Return it."""
        clauses = [
            self._rang(language),
            *(
                words.of(language).format(who=_listed(phones))
                for words, phones in ((_BUSY, self.busy), (_REJECTED, self.rejected), (_UNREACHABLE, self.unreachable))
                if phones
            ),
            self._ending(language),
        ]
        shown = "; ".join(clause for clause in clauses if clause)
        return f"{shown[:1].upper()}{shown[1:]}."

    def _rang(self, language: UiLanguage) -> str:
        words = _RANG_ONE if len(self.rang) == 1 else _RANG_SEVERAL
        time = _time(self.rang_seconds, language)
        return words.of(language).format(who=_listed(self.rang), time=time) if self.rang else ""

    def _ending(self, language: UiLanguage) -> str:
        if self.ending in {MissEnding.ALL_BUSY, MissEnding.REJECTED} and (self.busy or self.rejected):
            return ""  # the phones have said it
        if self.ending is MissEnding.UNREACHABLE and (self.busy or self.rejected or self.unreachable):
            return ""
        return _ENDINGS[self.ending].of(language).format(queue=self.queue, time=_time(self.seconds, language))


def why_missed(call: UnansweredCall) -> Sentence | None:
    """Return why; None if the call was not missed."""
    if call.disposition is not Disposition.MISSED or call.missed_reason is None:
        return None
    caller = _caller(call)
    phones = [leg for leg in call.legs if leg is not caller]
    ringing = [leg for leg in phones if leg.hangup_cause in _HEARD_OUT]
    seconds = _seconds(call.started_at, call.ended_at)
    queue = call.queue if call.missed_reason in {MissedReason.ABANDONED_WAITING, MissedReason.NO_ANSWER} else ""
    return Sentence(
        ending=_ending(call.missed_reason, caller, ringing),
        rang=_phones(ringing),
        rang_seconds=_rang_seconds(ringing),
        busy=_phones(leg for leg in phones if leg.hangup_cause == _BUSY_CAUSE),
        rejected=_phones(leg for leg in phones if leg.hangup_cause == _REJECTED_CAUSE),
        unreachable=_phones(
            leg for leg in phones if leg.hangup_cause not in {*_HEARD_OUT, _BUSY_CAUSE, _REJECTED_CAUSE}
        ),
        queue=queue,
        seconds=seconds,
    )


_BY_REASON: Final = {
    MissedReason.ABANDONED_WAITING: MissEnding.LEFT_QUEUE,
    MissedReason.BUSY: MissEnding.ALL_BUSY,
    MissedReason.REJECTED: MissEnding.REJECTED,
    MissedReason.UNREACHABLE: MissEnding.UNREACHABLE,
    MissedReason.ABANDONED_MENU: MissEnding.MENU,
    MissedReason.VOICEMAIL: MissEnding.VOICEMAIL,
    MissedReason.OFF_HOURS: MissEnding.OFF_HOURS,
}


def _ending(reason: MissedReason, caller: UnansweredLeg | None, ringing: Sequence[UnansweredLeg]) -> MissEnding:
    if reason is not MissedReason.NO_ANSWER:
        return _BY_REASON[reason]
    ends = [leg.ended_at for leg in ringing if leg.ended_at is not None]
    if caller is None or caller.ended_at is None or not ends or caller.hangup_cause == _TIME_IS_UP_CAUSE:
        return MissEnding.NOBODY_PICKED_UP
    if all(leg.hangup_cause == _TAKEN_AWAY_CAUSE for leg in ringing):
        return MissEnding.NOBODY_PICKED_UP
    apart = abs((caller.ended_at - max(ends)).total_seconds())
    return MissEnding.CALLER_HUNG_UP if apart <= _TOGETHER_SECONDS else MissEnding.NOBODY_PICKED_UP


def _caller(call: UnansweredCall) -> UnansweredLeg | None:
    """Find the caller's own leg: the call has its name; else the one that was there first."""
    linkedid = call.call_id.partition(":")[2]
    named = [leg for leg in call.legs if leg.uniqueid == linkedid]
    return next(iter(named), None) or min(call.legs, key=lambda leg: leg.started_at, default=None)


def _phones(legs: Iterable[UnansweredLeg]) -> tuple[Phone, ...]:
    """Return each phone once: a queue rings the same ones again and again."""
    return tuple(dict.fromkeys(Phone(leg.number, " ".join(leg.name.split())) for leg in legs))


def _rang_seconds(legs: Sequence[UnansweredLeg]) -> int:
    begun = [leg.rang_at or leg.started_at for leg in legs]
    ended = [leg.ended_at for leg in legs if leg.ended_at is not None]
    return _seconds(min(begun), max(ended)) if begun and ended else 0


def _seconds(since: datetime, until: datetime | None) -> int:
    return max(0, round((until - since).total_seconds())) if until is not None else 0


# --- the words --------------------------------------------------------------------------------------------------------

_RANG_ONE: Final = Text(
    en="rang {who} for {time}", ru="{time} звонил телефон: {who}", uk="{time} дзвонив телефон: {who}"
)
_RANG_SEVERAL: Final = Text(
    en="rang {who} for {time}", ru="{time} звонили телефоны: {who}", uk="{time} дзвонили телефони: {who}"
)
_BUSY: Final = Text(en="busy: {who}", ru="занято: {who}", uk="зайнято: {who}")
_REJECTED: Final = Text(en="refused the call: {who}", ru="отклонено: {who}", uk="відхилено: {who}")
_UNREACHABLE: Final = Text(en="could not be reached: {who}", ru="недоступно: {who}", uk="недоступно: {who}")
_ENDINGS: Final = {
    MissEnding.CALLER_HUNG_UP: Text(
        en="the caller hung up", ru="звонивший положил трубку", uk="абонент поклав слухавку"
    ),
    MissEnding.LEFT_QUEUE: Text(
        en="the caller hung up in the queue {queue} after {time}",
        ru="звонивший положил трубку в очереди {queue}, прождав {time}",
        uk="абонент поклав слухавку в черзі {queue}, прочекавши {time}",
    ),
    MissEnding.NOBODY_PICKED_UP: Text(en="nobody picked up", ru="никто не ответил", uk="ніхто не відповів"),
    MissEnding.ALL_BUSY: Text(
        en="there was no free line or place in the queue",
        ru="не было свободной линии или места в очереди",
        uk="не було вільної лінії або місця в черзі",
    ),
    MissEnding.REJECTED: Text(en="the call was refused", ru="звонок отклонили", uk="дзвінок відхилили"),
    MissEnding.UNREACHABLE: Text(
        en="no phone was rung: none was there to take calls, or the PBX turned the call away",
        ru="ни один телефон не звонил: ни одного не было на связи или АТС не приняла звонок",
        uk="жоден телефон не дзвонив: жодного не було на зв’язку або АТС не прийняла дзвінок",
    ),
    MissEnding.MENU: Text(
        en="nobody was rung: the call ended in a menu or an announcement after {time}",
        ru="никому не звонили: звонок закончился в меню или на объявлении через {time}",
        uk="нікому не дзвонили: дзвінок закінчився в меню або на оголошенні через {time}",
    ),
    MissEnding.VOICEMAIL: Text(en="voicemail answered", ru="ответила голосовая почта", uk="відповіла голосова пошта"),
    MissEnding.OFF_HOURS: Text(
        en="the call came outside working hours",
        ru="звонок пришёл в нерабочее время",
        uk="дзвінок надійшов у неробочий час",
    ),
}
_NO_SECOND: Final = Text(en="less than a second", ru="меньше секунды", uk="менше секунди")
_SECONDS: Final = Text(en="{s} s", ru="{s} с", uk="{s} с")
_MINUTES: Final = Text(en="{m} min {s} s", ru="{m} мин {s} с", uk="{m} хв {s} с")
_ONE_MINUTE: Final = 60


def _time(seconds: int, language: UiLanguage) -> str:
    if seconds < 1:
        return _NO_SECOND.of(language)
    minutes, rest = divmod(seconds, _ONE_MINUTE)
    return (_MINUTES if minutes else _SECONDS).of(language).format(m=minutes, s=rest)


def _listed(phones: Sequence[Phone]) -> str:
    named = [str(phone) for phone in phones[:_MOST_NAMED]]
    return ", ".join([*named, f"+{len(phones) - _MOST_NAMED}"] if len(phones) > _MOST_NAMED else named)
