"""Real calls under the names of other channel drivers, without a word about trunks: the same verdicts."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest

from telephony import replay

FOLDER = Path(__file__).parents[3] / "transcripts"
SCENARIOS = ("group_answered", "outbound_answered", "forwarded_to_mobile")
TRUNK, PHONE = r"PJSIP/carrier-([0-9a-f]{8})", r"PJSIP/(10\d)-([0-9a-f]{8})"
NAMES = [
    (TRUNK, r"SIP/mytrunk-\1"),
    (TRUNK, r"SIP/78.12.3.4-\1"),
    (TRUNK, r"SIP/380442000600-\1"),
    (TRUNK, r"SIP/zadarma-in-\1"),
    (TRUNK, r"IAX2/voipms-\1"),
    (TRUNK, r"IAX2/1.2.3.4:4569-\1"),
    (TRUNK, r"Khomp/B0C1-0.\1"),
    (TRUNK, r"Khomp/B0C1/0671234567-\1"),
    (TRUNK, r"Dongle/dongle0-01\1"),
    (TRUNK, r"Quectel/quectel0-01\1"),
    (TRUNK, r"Motif/+380671234567@voice.example.com-\1"),
    (TRUNK, r"DAHDI/i1/0671234567-\1"),
    (TRUNK, r"CAPI/ISDN1/0442000600-\1"),
    (TRUNK, r"OOH323/gk-\1"),
    (TRUNK, r"PJSIP/lifecell-\1"),
    (TRUNK, r"PJSIP/anonymous-\1"),
    (PHONE, r"SIP/\1-\2"),
    (PHONE, r"SCCP/\1-\2"),
    (PHONE, r"IAX2/\1-\2"),
    (PHONE, r"Skinny/\1@phone-\2"),
    (PHONE, r"PJSIP/webrtc-\1-\2"),
    (PHONE, r"PJSIP/99\1-\2"),
    (PHONE, r"PJSIP/\1-acme-\2"),
]


def verdicts(path: Path) -> list[list[object]]:
    out = StringIO()
    assert replay.run([str(path)], out=out, errors=StringIO()) == replay.EXIT_OK
    kept = (
        "call_id",
        "direction",
        "disposition",
        "missed_reason",
        "customer",
        "dialed",
        "wait_seconds",
        "talk_seconds",
    )
    calls = [json.loads(line) for line in out.getvalue().splitlines()]
    return [[*(call[name] for name in kept), (call["answered_by"] or {}).get("number")] for call in calls]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_drivers_names_change_the_verdict(scenario: str, tmp_path: Path) -> None:
    path = FOLDER / f"{scenario}.ami"
    text, wanted, renamed = path.read_text(), verdicts(path), tmp_path / "renamed.ami"
    for old, new in NAMES:
        renamed.write_text(re.sub(old, new, text))
        assert verdicts(renamed) == wanted, new
