"""The check of a database, on a real PostgreSQL: what real calls say, and that root leaves nothing behind."""

import os
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from telephony.checkup.database import check_database
from telephony.settings import DatabaseSettings, PbxSettings

PBX = PbxSettings(name="office", trunks=("PJSIP/carrier-*",))
_CALL = """
INSERT INTO calls (call_id, pbx, linkedid, direction, kind, caller_number, caller_name, dialed, trunk, queue, customer,
                   did, manager, started_at, answered_at, ended_at, disposition, answered_by_number, answered_by_name,
                   answered_by_channel, talk, repaired, changed_at)
VALUES ($1, 'office', $1, $2, 'ordinary', $3, '', '101', $4, '', '', '', '', $5, $5, $5, 'answered', '101', '', $6,
        interval '0', false, $5)
"""
_LEG = "INSERT INTO legs (call_id, uniqueid, channel, number, name, started_at) VALUES ($1, $1, $2, $3, '', $4)"


async def test_calls_of_the_month_are_compared_with_settings_and_people(database: str) -> None:
    now = datetime.now(UTC)
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_CALL, "a", "inbound", "+380671112233", "PJSIP/carrier", now, "PJSIP/104-00000002")
        await connection.execute(_LEG, "a", "PJSIP/carrier-00000001", "+380671112233", now)
        await connection.execute(_CALL, "b", "internal", "+380671112244", "", now, "PJSIP/101-00000004")
        await connection.execute(_LEG, "b", "PJSIP/second-0000000a", "+380671112244", now)
    finally:
        await connection.close()
    settings = DatabaseSettings(dsn=SecretStr(database))
    found = [finding async for finding in check_database(settings, pbxs=[PBX])]
    said = {finding.subject: finding.said for finding in found}
    assert "PJSIP/second (1)" in said["calls office"]
    assert "PJSIP/104 (1 calls)" in said["people office"]
    assert "PJSIP/101" not in said["people office"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may leave something that its user cannot enter")
async def test_root_leaves_no_folder_behind(tmp_path: Path) -> None:
    settings = DatabaseSettings(folder=tmp_path / "postgres")
    found = [finding async for finding in check_database(settings)]
    assert [finding.verdict for finding in found] == ["ok"]
    assert list(tmp_path.iterdir()) == []
