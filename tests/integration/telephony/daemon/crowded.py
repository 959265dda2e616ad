"""A process with few descriptors that has a PBX's link, FastAGI and our HTTP port: what `test_crowd` crowds in on.

It tells its two ports in a line of JSON, and ends when its standard input does.
"""

import asyncio
import json
import random
import resource
import sys
from datetime import UTC, datetime
from ipaddress import ip_network

from prometheus_client import CollectorRegistry

from telephony.ami.link import AmiLink
from telephony.daemon.health import Health, HealthCheck
from telephony.daemon.http_server import HttpServer, application
from telephony.daemon.logs import set_up
from telephony.settings import HttpSettings, LogSettings
from telephony.voice.agi.call import AgiCall
from telephony.voice.agi.server import AgiServer, Limits
from tests.integration.telephony.ami.fake_pbx import FakePbx
from tests.integration.telephony.ami.stage import settings_for

DESCRIPTORS = 1024


async def talk(call: AgiCall) -> None:
    await call.close()


async def main(ami: int, http: int) -> None:
    set_up(LogSettings(json_lines=True))
    pbx = FakePbx()
    pbx.port = ami
    link = AmiLink(
        settings_for(pbx),
        lambda _: None,
        on_snapshot=lambda _: None,
        on_state=lambda _: None,
        clock=lambda: datetime.now(UTC),
        rng=random.Random(),  # noqa: S311 - jitter
    )
    health = Health()
    health.watch(lambda: HealthCheck("ami", healthy=link.synced.is_set()))
    voice = AgiServer(limits=Limits(), allowed=[ip_network("127.0.0.0/8")])
    voice.add_route("talk", talk)
    await voice.start("127.0.0.1", 0)
    port = HttpServer(HttpSettings(port=http), application(health, CollectorRegistry()))
    await port.open()
    running = asyncio.create_task(link.run())
    await link.synced.wait()
    sys.stdout.write(json.dumps({"agi": voice.port, "http": http}) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    running.cancel()
    await asyncio.wait({running})
    await port.close()
    await voice.stop()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
