"""What customers answered aloud, sent from where the PBX keeps it; each listening is written down with the person."""

from datetime import datetime

from aiohttp import web

from crm_bridge.api import audio
from crm_bridge.api.ports import MessageFiles
from crm_bridge.errors import NoSuchThing
from crm_bridge.surveys.reader import SURVEYS
from telephony.postgres.pool import Pool


class SpokenAnswers:
    """Sends them."""

    def __init__(self, pool: Pool, files: MessageFiles) -> None:
        self._pool = pool
        self._files = files

    async def send(
        self, request: web.Request, survey_id: int, question: int, by: str, now: datetime, *, attached: bool
    ) -> web.StreamResponse:
        """Send the answer to a question; that it is listened to is written down before its first byte.

        Raises:
            NoSuchThing: that question was not answered.
        """
        row = await self._pool.fetchrow(SURVEYS.answer_file, survey_id, question)
        if row is None:
            raise NoSuchThing(f"survey {survey_id} has no spoken answer {question}")
        with self._files.opened(row["pbx"], row["file"]) as handle:
            sound = audio.sound_of_answer(row["answer_id"], row["said_at"], handle)
            part = audio.wanted(request, sound)
            if part is not None and request.method != "HEAD":
                await self._write_down(row["answer_id"], row["call_id"], by, now)
            return await audio.send(request, sound, part, handle, attached=attached)

    async def _write_down(self, answer_id: int, call_id: str, by: str, now: datetime) -> None:
        if await self._pool.fetchval(SURVEYS.heard_on, answer_id, by, now) is None:
            await self._pool.execute(SURVEYS.heard, answer_id, call_id, by, now)
