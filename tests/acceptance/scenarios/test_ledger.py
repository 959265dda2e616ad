"""Every scenario of the lab, played to a running daemon on real Asterisks, is in the ledger as it was played."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.lab.scenarios.catalogue import ALL
from deploy.lab.scenarios.truth import PlayedCall
from telephony.postgres.embedded import EmbeddedServer
from tests.acceptance.scenarios.stage import Stage
from tests.conftest import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOLERANCE = 0.35
"""Seconds between the clock at the telephones and the PBX's, on a loaded machine."""


def _chosen(items: list[pytest.Item]) -> list[str]:
    """The scenarios of the tests that were asked for (``-k``), in the catalogue's order."""
    wanted = {item.name for item in items if item.path == Path(__file__)}
    return [name for name in ALL if any(f"[{name}]" in test for test in wanted)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(
    request: pytest.FixtureRequest, postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    async with fresh_database(postgres) as dsn:
        played = Stage(tmp_path_factory.mktemp("scenarios"), dsn)
        await played.play_all(_chosen(request.session.items))
        yield played


@pytest.mark.parametrize("scenario", ALL)
async def test_the_ledger_holds_what_was_played(stage: Stage, scenario: str) -> None:
    if scenario in stage.failed:
        raise AssertionError(f"{scenario} could not be played") from stage.failed[scenario]
    seen = stage.seen[scenario]
    assert [_told(call, played) for call, played in zip(seen.calls, seen.played.calls, strict=True)] == [
        _wanted(played) for played in seen.played.calls
    ]


def _wanted(played: PlayedCall) -> dict[str, Any]:
    wanted = {
        "direction": played.direction,
        "kind": played.kind,
        "disposition": played.disposition,
        "missed_reason": played.missed_reason,
        "caller_number": played.caller,
        "caller_name": played.caller_name,
        "dialed": played.dialed,
        "queue": played.queue,
        "answered_by_number": played.answered_by,
        "answered_by_name": played.answered_by_name,
        "rang": list(played.rang),
        "transfers": [[one.kind, one.by, one.to] for one in played.transfers],
        "wait_seconds": played.wait_seconds,
        "talk_seconds": played.talk_seconds,
    }
    return {name: value for name, value in wanted.items() if _known(played, name)}


def _known(played: PlayedCall, name: str) -> bool:
    """Leave out what nobody can know: a stranger's name, times that are not pinned down, what was not heard."""
    unpinned = {"wait_seconds": played.wait_seconds, "talk_seconds": played.talk_seconds}
    if name in played.ami_cannot_tell or (name in unpinned and unpinned[name] is None):
        return False
    return name != "answered_by_name" or played.answered_by_name is not None


def _told(call: dict[str, Any], played: PlayedCall) -> dict[str, Any]:
    told = call | {"rang": call["rang"] or [], "transfers": json.loads(call["handed_over"] or "[]")}
    for name in ("wait_seconds", "talk_seconds"):
        told[name] = pytest.approx(told[name], abs=TOLERANCE)
    return {name: told[name] for name in _wanted(played)}
