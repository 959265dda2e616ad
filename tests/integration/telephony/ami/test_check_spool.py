"""`ringback check` compares where relative recordings lie with the PBX's asterisk.conf."""

import pytest

from telephony.checkup.spool import check_monitor_folder
from tests.integration.telephony.ami.fake_pbx import Action, FakePbx, block
from tests.integration.telephony.ami.stage import linked

OURS = "/var/spool/asterisk/monitor"


@pytest.mark.parametrize(
    ("spool", "verdict"),
    [
        ("/var/spool/asterisk", "ok"),
        ("/var/spool/asterisk/", "ok"),
        ("/srv/spool", "warn"),
        ("", "ok"),  # the section is a template, as Debian ships it: not listed
        (None, "ok"),  # refused
    ],
)
async def test_another_spool_folder_is_warned_of(spool: str | None, verdict: str) -> None:
    def read(action: Action) -> bytes:
        assert action["Filename"] == "asterisk.conf"
        told = {"ActionID": action["ActionID"]}
        if spool is None:
            return block(Response="Error", Message="Config file not found", **told)
        lines = {"Category-000000": "directories", "Line-000000-000000": "astetcdir=/etc/asterisk"}
        if spool:
            lines["Line-000000-000001"] = f"astspooldir={spool}"
        return block(Response="Success", **told, **lines)

    pbx = FakePbx()
    pbx.answers["GetConfig"] = read
    async with pbx.listening(), linked(pbx) as link:
        found = await check_monitor_folder("monitor folder office", link, OURS)
    assert found.verdict == verdict
    assert found.verdict == "ok" or 'monitor_folder = "/srv/spool/monitor"' in found.cure
