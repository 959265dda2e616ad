"""HubSpot asks where a call's recording is, each time somebody wants to play it there.

The address that was registered with HubSpot's calling settings holds our token and ``%s``, where HubSpot puts the
call's external id: ours. It tells our application's id as well. The answer is a signed link that lives for an hour, so
nothing in HubSpot opens a recording for ever; who follows it is written down as every other listener.
"""

from typing import Final

import structlog
from aiohttp import web

from crm_bridge.crm.errors import CrmDenied
from crm_bridge.crm.hooks import same
from crm_bridge.crm.hubspot.mapping import ACCOUNT
from crm_bridge.crm.player_links import MakeLink
from crm_bridge.queries.statements import RECORDINGS
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)


class HubSpotRecordings:
    """Answers HubSpot."""

    path: Final = "/hubspot/{token}/recordings/{call_id}"

    def __init__(self, token: str, app_id: str, pool: Pool, link: MakeLink) -> None:
        self._token = token
        self._app_id = app_id
        self._pool = pool
        self._link = link

    async def serve(self, request: web.Request) -> web.Response:
        """Serve one: ``{"authenticatedUrl": ...}`` of the call's longest recording, or 404."""
        if not self._is_hubspot(request):
            _log.warning("crm.hook_refused", crm="hubspot", remote=request.remote)
            raise web.HTTPForbidden(text="that is not the token of crm.hubspot.recording_token, or not our application")
        call_id = request.match_info["call_id"]
        rows = await self._pool.fetch(RECORDINGS.ready, call_id) if call_id.isprintable() else []
        if not rows:
            raise web.HTTPNotFound(text="that call has no recording, or has it no longer")
        longest = max(rows, key=lambda row: (row["seconds"], -row["recording_id"]))
        try:
            url = await self._link(longest["recording_id"])
        except CrmDenied as error:
            _log.warning("crm.recording_not_linked", crm="hubspot", reason=str(error))
            raise web.HTTPServiceUnavailable(text=str(error)) from None
        return web.json_response({"authenticatedUrl": url}, headers={"Cache-Control": "no-store"})

    def _is_hubspot(self, request: web.Request) -> bool:
        """Know it by the token; what it tells beside that must not be somebody else's."""
        query = request.query
        known = same(request.match_info["token"], self._token)
        return (
            known
            and query.get("appId", self._app_id) == self._app_id
            and query.get("externalAccountId", ACCOUNT) == ACCOUNT
        )
