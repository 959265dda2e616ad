"""What the conversation of a survey asks and tells: a `telephony.voice.dialogs.survey_port.SurveyPort` over the rows.

A telling that cannot be written (the database is away) is kept in memory and written by the dialler's next turns.
"""

from collections.abc import Mapping
from typing import Final

import structlog

from telephony.errors import reason
from telephony.numbers import Canonical, canonical
from telephony.ports import Clock
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool
from telephony.settings import SurveySettings
from telephony.surveys.ending import SurveyEnding
from telephony.surveys.policy.model import SurveyEnd, SurveyReason
from telephony.surveys.rows import SQL, survey_from
from telephony.voice.dialogs.survey_port import SurveyBriefing, SurveyChannel, SurveyProgress, SurveyTalkEnd
from telephony.voice.words.phrases import Language, spoken_to

_log = structlog.get_logger(__name__)

_MOST_UNWRITTEN: Final = 100
_BY_KEY: Final = "key 9"


class SurveyTalk:
    """See the module. ``languages`` as in `voice.languages`."""

    def __init__(
        self,
        pool: Pool,
        settings: SurveySettings,
        ending: SurveyEnding,
        *,
        clock: Clock,
        region: str,
        language: Language,
        languages: Mapping[str, Language],
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._ending = ending
        self._clock = clock
        self._region = region
        self._language = language
        self._languages = languages
        self._unwritten: dict[SurveyChannel, SurveyProgress] = {}

    def language_of(self, customer: Canonical, did: str) -> Language:
        """Return the language in which a customer is spoken to."""
        numbers = (customer, canonical(did, self._region))
        return spoken_to(numbers, self._languages, self._language)

    async def picked_up(self, channel: SurveyChannel) -> SurveyBriefing | None:
        """Take the conversation on, once."""
        row = await self._pool.fetchrow(SQL.picked_up, channel, self._clock())
        if row is None:
            return None
        survey = survey_from(row)
        bought = survey.because is SurveyReason.SALE
        language = self.language_of(survey.customer, survey.did)
        return SurveyBriefing(language, self._settings.company, survey.anchor_at, bought)

    async def keep(self, channel: SurveyChannel, progress: SurveyProgress) -> None:
        """Write down how far the conversation is; what cannot be written now is, later."""
        try:
            await self._write(channel, progress)
        except BaseException as error:
            if len(self._unwritten) < _MOST_UNWRITTEN:
                self._unwritten[channel] = progress
            if is_outage(error):
                _log.warning("survey.answer_waits", channel=channel, reason=reason(error))
            raise
        else:
            self._unwritten.pop(channel, None)

    async def write_what_waits(self) -> None:
        """Write what could not be written before."""
        for channel, progress in list(self._unwritten.items()):
            await self._write(channel, progress)
            if self._unwritten.get(channel) is progress:
                del self._unwritten[channel]

    async def _write(self, channel: SurveyChannel, progress: SurveyProgress) -> None:
        now = self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                SQL.keep, channel, progress.consented, progress.score, progress.person_wanted, now
            )
            if row is None:
                return
            survey = survey_from(row)
            for answer in progress.answers:
                await connection.execute(
                    SQL.keep_answer, survey.survey_id, answer.question, answer.file, answer.seconds, now
                )
            if progress.end is SurveyTalkEnd.NEVER_AGAIN:
                await connection.execute(SQL.refuse, survey.customer, _BY_KEY, now)
            if progress.end is not None:
                await self._ending.end(connection, survey.survey_id, SurveyEnd(progress.end))
