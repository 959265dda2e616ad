"""The places where the CRMs of the settings knock, wired."""

from collections.abc import Sequence

from aiohttp import web

from crm_bridge.api.one_click import OneClick
from crm_bridge.api.ports import Dialler
from crm_bridge.crm import hooks
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.connect import ConnectContext, Connected, links_to_recordings
from crm_bridge.crm.hubspot import recordings
from crm_bridge.crm.policy.users import Users
from crm_bridge.settings import CrmSettings

_HOUR = 1 / 24
"""In days: so long a link lives that is made anew each time HubSpot wants to play."""


def hooks_of(
    settings: CrmSettings,
    crms: Sequence[Connected],
    dialler: Dialler,
    callbacks: hooks.OpenCallback,
    given: ConnectContext,
) -> web.Application | None:
    """Make the application where CRMs knock, or None if no token is told for any."""
    once = OneClick(given.pool, given.clock, given.region, dialler)
    handlers: dict[str, hooks.Handler] = {}
    readers: dict[str, hooks.Handler] = {}
    odoo, bitrix = settings.odoo, settings.bitrix24
    if odoo is not None and odoo.click_token.get_secret_value():
        token = odoo.click_token.get_secret_value()
        handlers[hooks.OdooHook.path] = hooks.OdooHook(token, Users(odoo.users), once).serve
    gateway = next((each.gateway for each in crms if isinstance(each.gateway, BitrixGateway)), None)
    if bitrix is not None and gateway is not None and bitrix.application_token.get_secret_value():
        token = bitrix.application_token.get_secret_value()
        handlers[hooks.BitrixHook.path] = hooks.BitrixHook(token, gateway, dialler, callbacks, given.clock).serve
    if settings.hubspot is not None and settings.hubspot.app_id:
        token = settings.hubspot.recording_token.get_secret_value()
        link = links_to_recordings(settings, given, days=_HOUR)
        readers[recordings.HubSpotRecordings.path] = recordings.HubSpotRecordings(
            token, settings.hubspot.app_id, given.pool, link
        ).serve
    return hooks.application(handlers, readers) if handlers or readers else None
