"""A company with amoCRM (a fake) and a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from crm_bridge.settings import BridgeSettings, CrmSettings
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.serving import serving


@dataclass(slots=True)
class Company:
    """The account, its address, and what the settings say of it."""

    account: FakeAmo
    url: str
    dsn: str
    pool: Pool

    def settings(self, **more: object) -> BridgeSettings:
        amocrm = {"url": self.url, "token": "good", "users": {"101": "6", "102": "7"}}
        return BridgeSettings(crm=CrmSettings.model_validate({"amocrm": amocrm, **more}))


@asynccontextmanager
async def opened(dsn: str, pool: Pool) -> AsyncIterator[Company]:
    account = FakeAmo()
    async with serving(account.routes()) as url:
        yield Company(account, url, dsn, pool)
