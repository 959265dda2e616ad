"""EspoCRM, by its REST API with an API user's key; a plug-in like a stranger's.

It uses `crm_bridge.crm.plugin.kit` and nothing else of Ringback, and is loaded by its entry point (``ringback.crm``),
as a package of somebody else would be: `pyproject.toml` names it there, import-linter holds it to that.

Written from EspoCRM's documentation (API overview, CRUD, search parameters, the OpenAPI specification) and, where that
is silent, from its source (what a 403 says).
"""

from crm_bridge.crm.espocrm.client import EspoClient
from crm_bridge.crm.espocrm.gateway import EspoGateway
from crm_bridge.crm.espocrm.settings import EspoSettings
from crm_bridge.crm.plugin.kit import CrmPlugin, GatewayContext


def _make(answer: EspoSettings, given: GatewayContext) -> EspoGateway:
    client = EspoClient(given.http, answer.url, answer.key.get_secret_value(), given.pace(answer.per_second))
    return EspoGateway(client, given)


PLUGIN = CrmPlugin(EspoSettings, _make)
