"""Clicks on numbers in Bitrix24: each is dialled once, and its call is told as the one that Bitrix24 has opened.

A click is kept by its own id: two users may click on one customer at the same moment. Which of our calls came of it is
known by the call's id as soon as the PBX has taken it on, and until then by the customer and who clicked.
"""

import contextlib

import aiohttp
import structlog

from crm_bridge.api.ports import Dialler
from crm_bridge.crm.bitrix24 import mapping
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.events import Click
from crm_bridge.crm.errors import CrmError, CrmRefused
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.users import Users
from crm_bridge.schemas import CallShape
from telephony.errors import RingbackError
from telephony.model import CallKind
from telephony.numbers import canonical

_log = structlog.get_logger(__name__)

_ROLE = "click"


class Clicked:
    """One portal's clicks. ``region`` is the operator's country, for numbers without a country code."""

    def __init__(self, client: BitrixClient, links: Links, staff: Users, region: str) -> None:
        self._bitrix = client
        self._links = links
        self._staff = staff
        self._region = region

    async def dial(self, click: Click, dialler: Dialler) -> None:
        """Dial what somebody clicked on; what cannot be dialled ends the call that Bitrix24 has opened, and says why.

        Bitrix24 may post one click several times, even at the same moment: the database lets one of them through.
        """
        if not await self._links.begin(f"{_ROLE}:{click.call_id}", _ROLE, click.user):
            return
        number = canonical(click.number, self._region)
        await self._links.mark(number, _role(click.call_id), click.user)
        try:
            extension = self._staff.extension(click.user)
            if not extension:
                raise CrmRefused(f"crm.bitrix24.users has no extension of user {click.user}")
            call_id = await dialler.dial(extension, number, "Bitrix24")
        except RingbackError as error:
            _log.warning("crm.click_refused", crm="bitrix24", user=click.user, reason=str(error))
            await self.forget(number, click.call_id)
            with contextlib.suppress(CrmError, aiohttp.ClientError, TimeoutError, OSError):
                await self._bitrix.call("telephony.externalCall.finish", **mapping.refusal(click, str(error)))
            return
        await self._links.keep(call_id, "call", click.call_id)

    async def opened(self, call: CallShape, user: str) -> str:
        """Give Bitrix24's own id of a call that began there, or empty; ``user`` is whose phone rings or rang."""
        if call.kind is not CallKind.CLICK_TO_CALL:
            return ""
        links = await self._links.of(call.customer)
        clicks = {role.removeprefix(_role("")): by for role, by in links.items() if role.startswith(_role(""))}
        whose = self._staff.user(call.caller.number) or user
        fitting = sorted(crm_id for crm_id, by in clicks.items() if by == whose or not whose)
        if not fitting:
            return ""
        await self._links.keep(call.call_id, "call", fitting[0])
        await self.forget(call.customer, fitting[0])
        return fitting[0]

    async def forget(self, number: str, crm_id: str) -> None:
        """End the wait for a click's call."""
        await self._links.drop(number, [_role(crm_id)])


def _role(crm_id: str) -> str:
    return f"{_ROLE} {crm_id}"
