"""SuiteCRM 7 and 8, by its V8 API (JSON:API) with a client's id and secret; a plug-in like a stranger's.

It uses `crm_bridge.crm.plugin.kit` and nothing else of Ringback, and is loaded by its entry point, as EspoCRM's is.

Written from SuiteCRM's documentation of the V8 API and, where that is silent, from its source (Api/V8: what a filter
takes, which words each error has, that a record may be made with an id of the caller's choosing). That last is what
makes a lost answer harmless: ids of ours are made of what they stand for, so the same thing has the same id again.
"""

from crm_bridge.crm.plugin.kit import CrmPlugin, GatewayContext
from crm_bridge.crm.suitecrm.client import SuiteClient
from crm_bridge.crm.suitecrm.gateway import SuiteGateway
from crm_bridge.crm.suitecrm.settings import SuiteSettings


def _make(answer: SuiteSettings, given: GatewayContext) -> SuiteGateway:
    return SuiteGateway(SuiteClient(given, answer), given)


PLUGIN = CrmPlugin(SuiteSettings, _make)
