"""What is written down of whoever does or opens something, beside what their orders themselves keep.

The tables say it of every operation and of every page's form: the name of the deed, or `ELSEWHERE` where the thing
itself keeps who did it (comments, callback requests, days of the calendar, the privacy log), or `OWN` for one's own
account. The API's server and the console's door write, so no handler can forget it; a test holds the tables against
the operations and routes that there are. A card is written before it is shown, a file before it is sent: who cannot be
written down does not see it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from aiohttp import web

from crm_bridge.api.values.keys import ApiKey
from telephony.numbers import canonical
from telephony.ports import Clock
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_log = structlog.get_logger(__name__)
_LEFT: Final = timedelta(minutes=15)
"""A card that was not looked at for so long is opened anew."""
_KEPT: Final = timedelta(days=400)
_LONGEST: Final = 200

ELSEWHERE: Final = "elsewhere"
OWN: Final = "own"

SEEN: Final[Mapping[str, str]] = {
    "getCall": "call.opened",
    "getCustomer": "customer.opened",
    "exportCalls": "calls.exported",
    "/console/calls/{call_id}": "call.opened",
    "/console/customers/{number}": "customer.opened",
    "/console/calls/export": "calls.exported",
}
"""What is written of who looks; a card only of people: a program that reads calls leaves its mark in its own log."""
DONE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("createComment", "putResult", "createCallback", "snoozeCallback", "cancelCallback"), ELSEWHERE),
    **dict.fromkeys(("finishCallback", "rankCallback", "reassignCallback"), ELSEWHERE),
    **dict.fromkeys(("putCalendarDay", "exportNumber", "eraseNumber", "holdNumber", "releaseNumber"), ELSEWHERE),
    **dict.fromkeys(("endMyOtherSessions", "endMySession", "putMyNotifications", "addMyAddress"), OWN),
    **dict.fromkeys(("dropMyAddress", "testMyNotifications", "saveMyView", "dropMyView"), OWN),
    "deleteCalendarDay": "calendar.taken_back",
    "deleteComment": "call.uncommented",
    "putTag": "call.tagged",
    "deleteTag": "call.untagged",
    "deleteResult": "call.no_result",
    "dial": "call.dialled",
    "orderRecording": "call.recording",
    **dict.fromkeys(("openCase", "actOnCase", "giveCase", "closeCase"), ELSEWHERE),
    "createLink": "recording.link",
    "clearAlarm": "alarm.cleared",
    "putCustomer": "customer.written",
    "deleteCustomer": "customer.removed",
    "putDoNotCall": "customer.never_call",
    "deleteDoNotCall": "customer.may_call",
    "createAbsence": "absence.made",
    "endAbsence": "absence.ended",
    "replayDelivery": "delivery.replayed",
    "replayTarget": "target.replayed",
    "pauseTarget": "target.paused",
    "reviveDeadLetter": "letter.revived",
    "createUser": "user.added",
    "inviteUser": "user.invited",
    "putUserRole": "user.role",
    "disableUser": "user.disabled",
    "enableUser": "user.enabled",
    "endSession": "session.ended",
    "askCustomer": "survey.ordered",
    "cancelSurvey": "survey.cancelled",
    "refuseSurveys": "survey.refused",
    "allowSurveys": "survey.allowed",
    "createWall": "wall.made",
    "askReview": "review.asked",
    "takeNextReview": "review.claimed",
    "claimReview": "review.claimed",
    "releaseReview": "review.released",
    "skipReview": "review.skipped",
    "reopenReview": "review.reopened",
    "scoreReview": "review.scored",
    "correctReview": "review.corrected",
    "disputeReview": "review.disputed",
    "settleReview": "review.settled",
    "openCalibration": "review.calibration",
    "scoreBlind": "review.scored_blind",
    "closeCalibration": "review.calibrated",
    "putReviewForm": "review.form",
    "revokeWall": "wall.revoked",
    **dict.fromkeys(("/console/calls/{call_id}/comment", "/console/calls/{call_id}/result"), ELSEWHERE),
    **dict.fromkeys(("/console/board/{request_id}/{order}", "/console/calendar/{day}"), ELSEWHERE),
    **dict.fromkeys(("/console/cases/{case_id}/{order}", "/console/customers/{number}/unhappy"), ELSEWHERE),
    "/console/customers/{number}/nudge": ELSEWHERE,
    "/console/board/many": ELSEWHERE,
    **dict.fromkeys(("/console/me/notifications", "/console/me/notifications/addresses"), OWN),
    **dict.fromkeys(("/console/me/notifications/addresses/{address_id}/drop", "/console/me/notifications/test"), OWN),
    **dict.fromkeys(("/console/sign-in", "/console/sign-out", "/console/invitation/{token}", "/console/look"), OWN),
    **dict.fromkeys(("/console/me/sessions/{session_id}/end", "/console/me/sessions/end"), OWN),
    **dict.fromkeys(("/console/views", "/console/views/{view_id}/drop"), OWN),
    "/console/reviews/next": "review.claimed",
    "/console/reviews/{review_id}/draft": OWN,
    "/console/reviews/{review_id}/claim": "review.claimed",
    "/console/reviews/{review_id}/release": "review.released",
    "/console/reviews/{review_id}/skip": "review.skipped",
    "/console/reviews/{review_id}/reopen": "review.reopened",
    "/console/reviews/{review_id}/score": "review.scored",
    "/console/reviews/{review_id}/correct": "review.corrected",
    "/console/reviews/{review_id}/dispute": "review.disputed",
    "/console/reviews/{review_id}/settle": "review.settled",
    "/console/reviews/{review_id}/calibrate": "review.calibration",
    "/console/reviews/{review_id}/blind": "review.scored_blind",
    "/console/reviews/{review_id}/uncover": "review.calibrated",
    "/console/calls/{call_id}/review": "review.asked",
    "/console/me/password": "password.changed",
    "/console/calls/{call_id}/tag": "call.tagged",
    "/console/calls/{call_id}/untag": "call.untagged",
    "/console/customers/{number}/never-call": "customer.marked",
    "/console/calendar/{day}/take-back": "calendar.taken_back",
    "/console/surveys": "survey.ordered",
    "/console/surveys/{survey_id}/cancel": "survey.cancelled",
    "/console/walls": "wall.made",
    "/console/walls/{wall_id}/revoke": "wall.revoked",
    "/console/users": "user.added",
    "/console/users/{user}/invite": "user.invited",
    "/console/users/{user}/disable": "user.disabled",
    "/console/users/{user}/enable": "user.enabled",
    "/console/keys": "key.made",
    "/console/keys/{key}/revoke": "key.revoked",
    "/console/deliveries/{delivery}/replay": "delivery.replayed",
    "/console/deliveries/replay": "target.replayed",
    "/console/deliveries/pause": "target.paused",
    "/console/dead-letters/{letter}/revive": "letter.revived",
}
"""What is written of who changes something, by the API's operation or the page's route."""
_CARDS: Final = frozenset({"call.opened", "customer.opened"})
_ABOUT: Final = (
    *(
        "call_id",
        "number",
        "user_id",
        "user",
        "day",
        "target",
        "delivery",
        "delivery_id",
        "letter",
        "key",
        "wall_id",
        "survey_id",
        "review_id",
    ),
)
"""Names of paths' places that say what it was about, the first that is there."""


ABOUT: Final = web.RequestKey("ringback_about", str)
"""The request's key by which a handler says what it was about, where no place of the path does."""


class DeedSql(NamedTuple):
    """The queries of deeds.sql."""

    goes_on: str
    begin: str
    forget_old: str


SQL: Final = load(Path(__file__).with_name("deeds.sql"), DeedSql)


class Deeds:
    """Writes them down."""

    def __init__(self, pool: Pool, clock: Clock, region: str) -> None:
        self._pool = pool
        self._clock = clock
        self._region = region

    async def before(self, key: ApiKey, operation: str, request: web.Request) -> None:
        """Write that somebody takes a file, before its first byte is sent."""
        what = SEEN.get(operation, "")
        if what and what not in _CARDS and request.method == "GET":
            await self._begin(key, what, self._about({}, request.query))

    async def after(self, key: ApiKey, operation: str, request: web.Request, *, person: bool) -> None:
        """Write what was done, or which card is about to be shown."""
        about = request.get(ABOUT) or self._about(request.match_info, {})
        if request.method in {"GET", "HEAD"}:
            what = SEEN.get(operation, "")
            if what in _CARDS and person:
                await self._looked(key, what, about)
        elif (what := DONE.get(operation, operation)) not in {ELSEWHERE, OWN}:
            await self._did(key, what, about)

    async def _looked(self, key: ApiKey, what: str, about: str) -> None:
        now: datetime = self._clock()
        if not await self._pool.fetchval(SQL.goes_on, key.key_id, what, about, now - _LEFT, now):
            await self._begin(key, what, about)
            await self._pool.execute(SQL.forget_old, now - _KEPT)

    async def _begin(self, key: ApiKey, what: str, about: str) -> None:
        await self._pool.execute(SQL.begin, self._clock(), key.name, key.key_id, what, about)

    async def _did(self, key: ApiKey, what: str, about: str) -> None:
        """Write it; it is done, so a database that has just gone away costs the line, which is logged."""
        try:
            await self._begin(key, what, about)
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("people.deed_not_written", what=what)

    def _about(self, places: Mapping[str, str], query: Mapping[str, str]) -> str:
        """Return what something is about, from a path's places; of a file, from its filters, without numbers."""
        for name in _ABOUT:
            if name in places:
                text = str(places[name])
                return (canonical(text[:40], self._region) if name == "number" else text)[:_LONGEST]
        shown = {name: "*" if name == "number" else value for name, value in sorted(query.items()) if value}
        return " ".join(f"{name}={value}" for name, value in shown.items())[:_LONGEST]
