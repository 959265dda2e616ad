"""What a real Asterisk told over AMI and what it wrote to CEL are the same calls: no false alarm on any transcript."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from telephony.audit.calls import Ledger, compare
from telephony.audit.history import calls_of
from telephony.audit.model import Gap, Span
from telephony.calls.tracking.trunks import TrunkRules
from telephony.model import Call
from telephony.replay import PBX, Replay

TRANSCRIPTS = Path(__file__).parents[3] / "transcripts"
TRUNKS = ("PJSIP/carrier-*",)
BOTH = sorted(path for path in TRANSCRIPTS.rglob("*.ami") if path.with_suffix(".cel").exists())


def heard(path: Path) -> Iterator[Call]:
    replay = Replay(TRUNKS, lambda _: None)
    replay.read(str(path), None)
    return replay.calls()


def span_of(calls: list[Call]) -> Span:
    start = min(call.started_at for call in calls) - timedelta(minutes=1)
    return Span(start, start + timedelta(days=1), start + timedelta(days=1))


@pytest.mark.parametrize("ami", BOTH, ids=lambda path: str(path.relative_to(TRANSCRIPTS).with_suffix("")))
def test_cel_and_ami_agree(ami: Path) -> None:
    ledger = list(heard(ami))
    if not ledger:
        pytest.skip("no call in it")
    lines = ami.with_suffix(".cel").read_text().splitlines(keepends=True)
    history = calls_of(lines, PBX, TrunkRules(TRUNKS))
    part = compare(span_of(ledger), [history], Ledger(ledger, {}), [])
    assert [finding for finding in part.findings if finding.gap is not Gap.UNKNOWN] == []
