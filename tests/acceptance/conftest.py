"""Each module of these tests has one lab, which takes some seconds to start: `make test` keeps a file on one worker.

They come first, the longest before all, for they mostly wait: the quick tests fill the gaps behind them.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.lab.laboratory import Lab
from tests import folders

_HERE = Path(__file__).parent
_LONGEST = (
    "test_demo.py",
    "test_callback.py",
    "test_closed.py",
    "test_manager.py",
    "test_death.py",
    "test_ledger.py",
    "test_promise.py",
)
"""From 4 to 2 minutes each, longest first."""
_RANK = {name: rank for rank, name in enumerate(_LONGEST)}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: (not item.path.is_relative_to(_HERE), _RANK.get(item.path.name, len(_RANK))))


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder where the embedded server's own user comes through, which pytest's are not."""
    folder = folders.server_folder("rb-daemon-")
    yield folder / "pg"
    shutil.rmtree(folder)


@pytest_asyncio.fixture(loop_scope="module")
async def lab(module_lab: Lab) -> AsyncIterator[Lab]:
    """The folder's lab, with telephones as new; calls that a test left are ended."""
    module_lab.world.forget()
    yield module_lab
    for leg in list(module_lab.world.legs):
        await module_lab.world.hang_up(leg)
    await module_lab.idle()
