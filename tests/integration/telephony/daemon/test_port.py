"""What /healthz and /metrics answer."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from telephony.daemon.figures import CallFigures
from telephony.daemon.health import Health, HealthCheck
from telephony.daemon.http_server import HttpServer, application
from telephony.errors import SettingsError
from telephony.events import CallEnded, CallMerged, CallStarted
from telephony.model import Call
from telephony.settings import HttpSettings
from tests import builders

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def a_missed_call(linkedid: str) -> Call:
    return builders.ended(builders.inbound(linkedid, at=AT), AT + timedelta(seconds=7))


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        port: int = probing.getsockname()[1]
        return port


@asynccontextmanager
async def opened(health: Health, registry: CollectorRegistry) -> AsyncIterator[HttpServer]:
    port = HttpServer(HttpSettings(port=free_port()), application(health, registry))
    await port.open()
    try:
        yield port
    finally:
        await port.close()


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        return answer.status, await answer.text()


async def test_healthz_tells_each_part_and_is_503_when_one_is_not_well() -> None:
    health, connected = Health(), True
    health.watch(lambda: HealthCheck("ami pbx", healthy=connected, said="" if connected else "refused"))
    async with opened(health, CollectorRegistry()) as port:
        assert await get(f"{port.url}/healthz") == (
            200,
            '{"healthy": true, "parts": [{"name": "ami pbx", "healthy": true, "said": ""}]}',
        )
        connected = False
        status, text = await get(f"{port.url}/healthz")
    assert status == 503
    assert '"said": "refused"' in text


async def test_metrics_count_calls_by_outcome_and_those_in_progress() -> None:
    registry = CollectorRegistry()
    figures = CallFigures(registry)
    first, second, third = a_missed_call("1"), a_missed_call("2"), a_missed_call("3")
    for call in (first, second, third):
        figures(CallStarted(call, AT))
    figures(CallEnded(first, AT))
    figures(CallMerged(second, AT, absorbed=third.call_id))
    async with opened(Health(), registry) as port:
        _, text = await get(f"{port.url}/metrics")
    assert 'ringback_calls_total{direction="inbound",disposition="missed",reason="no_answer"} 1.0' in text
    assert "ringback_calls_in_progress 1.0" in text
    assert "ringback_wait_seconds_sum 7.0" in text
    assert "+380671234567" not in text


async def test_a_taken_port_is_a_setting_to_correct() -> None:
    async with opened(Health(), CollectorRegistry()) as port:
        taken = int(port.url.rsplit(":", 1)[1])
        with pytest.raises(SettingsError, match=rf"http\.port: cannot listen on 127\.0\.0\.1:{taken}.*another"):
            await HttpServer(HttpSettings(port=taken), application(Health(), CollectorRegistry())).open()
