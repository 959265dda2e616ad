"""The link over TLS: whom it trusts, and what it says when it does not."""

import ssl
from pathlib import Path

import pytest
import structlog

from telephony.settings import PbxSettings
from tests.integration.telephony.ami.fake_pbx import FakePbx, channel_event, until
from tests.integration.telephony.ami.stage import Heard, link_to, linked, running, settings_for

CERTIFICATES = Path(__file__).parent / "certificates"


def server_side(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / certificate)
    return context


async def test_over_tls_it_works_when_the_ca_is_ours() -> None:
    heard, pbx = Heard(), FakePbx()
    ca = CERTIFICATES / "ca.pem"
    async with pbx.listening(server_side("loopback.pem")), linked(pbx, heard, tls=True, tls_ca=ca):
        pbx.say(channel_event("1"))
        await until(lambda: heard.all == [(), "1"])


@pytest.mark.parametrize(
    ("certificate", "ca"), [("elsewhere.pem", CERTIFICATES / "ca.pem"), ("loopback.pem", None)], ids=["name", "ca"]
)
async def test_a_certificate_of_another_host_or_an_unknown_ca_is_refused(certificate: str, ca: Path | None) -> None:
    pbx = FakePbx()
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(server_side(certificate)):
            link = link_to(settings_for(pbx, tls=True, tls_ca=ca), Heard())
            async with running(link):
                await until(lambda: link.counters.failures >= 2)
                assert not link.connected.is_set()
    assert "is not trusted" in log[0]["reason"]
    assert "`tls_ca`" in log[0]["reason"]
    assert pbx.actions == []


async def test_tls_on_one_side_only_is_told_and_sends_no_secret_in_the_clear() -> None:
    pbx = FakePbx()
    with structlog.testing.capture_logs() as log:
        async with pbx.listening():
            link = link_to(settings_for(pbx, tls=True, connect_seconds=0.5), Heard())
            async with running(link):
                await until(lambda: link.counters.failures >= 1)
    assert "cannot be reached" in log[0]["reason"]
    assert b"right" not in pbx.raw


async def test_a_ca_file_that_is_not_there_is_told_by_its_setting(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as log:
        link = link_to(PbxSettings(tls=True, tls_ca=tmp_path / "none.pem"), Heard())
        async with running(link):
            await until(lambda: link.counters.failures >= 1)
    assert "none.pem (`tls_ca`)" in log[0]["reason"]
