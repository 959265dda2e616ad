"""A house for each test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from telephony.postgres.pool import Pool
from tests.integration.telephony.recording.house import House, make_house


@pytest.fixture
def house(pool: Pool, tmp_path: Path) -> House:
    return make_house(pool, tmp_path)


@pytest.fixture
def house_with(pool: Pool, tmp_path: Path) -> Callable[..., House]:
    return lambda **changes: make_house(pool, tmp_path, **changes)
