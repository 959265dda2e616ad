"""CRMs that packages bring, wired as the daemon wires them: one that fails keeps its messages, and harms nobody."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from crm_bridge.crm.connect import Connected, connect
from crm_bridge.crm.errors import CrmBroken
from crm_bridge.crm.espocrm.gateway import EspoGateway
from crm_bridge.crm.policy.messages import KINDS
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.sync.policy import IsOpen, always_open
from crm_bridge.outbox.lifecycle import Delivered, Snooze
from crm_bridge.outbox.store import Message
from crm_bridge.settings import CrmSettings
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_espocrm import FakeEspo
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW, Teller
from tests.integration.crm_bridge.test_api_calls import call

KYIV = ZoneInfo("Europe/Kyiv")


@dataclass(frozen=True, slots=True)
class Given:
    pool: Pool
    clock: Clock = lambda: NOW
    region: str = "UA"
    zone: ZoneInfo = KYIV
    is_open: IsOpen = always_open


async def connected(pool: Pool, stack: AsyncExitStack, **plugins: object) -> list[Connected]:
    return await connect(CrmSettings.model_validate({"plugins": plugins}), Given(pool), stack)


async def test_two_accounts_of_one_type_are_told_by_their_own_names(pool: Pool) -> None:
    sales, service = FakeEspo(key="one"), FakeEspo(key="two")
    async with AsyncExitStack() as stack, serving(sales.routes()) as one, serving(service.routes()) as two:
        common = {"type": "espocrm", "default_user": "1", "users": {"101": "6"}}
        crms = await connected(
            pool, stack, sales=common | {"url": one, "key": "one"}, service=common | {"url": two, "key": "two"}
        )
        assert [(crm.row.name, crm.kinds) for crm in crms] == [("sales", KINDS), ("service", KINDS)]
        for crm in crms:
            assert isinstance(crm.gateway, EspoGateway)
            assert isinstance(crm.target, CrmSync)
            assert isinstance(await Teller(crm.target).ended(call(1)), Delivered)
    for espo in (sales, service):
        (lead,) = espo.records["Lead"].values()
        assert (lead["phoneNumber"], len(espo.records["Call"])) == (CUSTOMER, 1)


async def test_one_that_is_not_installed_lets_its_messages_wait_and_says_the_cure(pool: Pool) -> None:
    with capture_logs() as logs:
        async with AsyncExitStack() as stack:
            (crm,) = await connected(pool, stack, acme={"type": "acme", "url": "x"})
            answer = await crm.target.send(Message(1, "acme", "k", "call.ended", "{}", 0, NOW), NOW)
            assert isinstance(answer, Snooze)
            assert "install its package" in answer.reason
            assert "install its package" in (await crm.gateway.examine())[0].cure
            with pytest.raises(CrmBroken, match="no installed package"):
                await crm.gateway.find(CUSTOMER)
    assert [(log["event"], log["crm"]) for log in logs] == [("crm.plugin_unavailable", "acme")]


async def test_a_rule_for_working_hours_asks_the_companys_calendar(pool: Pool) -> None:
    espo, asked = FakeEspo(), list[tuple[str, datetime]]()

    def closed(did: str, at: datetime, /) -> bool:
        asked.append((did, at))
        return False

    async with AsyncExitStack() as stack, serving(espo.routes()) as url:
        rules = [{"name": "day", "hours": "open"}]
        told = {"url": url, "key": "good", "default_user": "1", "rules": rules}
        settings = CrmSettings.model_validate({"plugins": {"espocrm": told}})
        (crm,) = await connect(settings, Given(pool, is_open=closed), stack)
        assert isinstance(crm.target, CrmSync)
        assert isinstance(await Teller(crm.target).ended(call(1)), Delivered)
        assert espo.records["Lead"] == {}
        assert asked == [("0442000600", call(1).started_at)]
