"""One lab for a module, a fresh database and a settings file for each test."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.lab.company import TRUNK_GLOB
from deploy.lab.laboratory import Lab
from tests.acceptance.daemon.process import free_port


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with Lab.start(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture
def write_config(tmp_path: Path, lab: Lab) -> Callable[..., Path]:
    """Writes a settings file for the lab; what a test names goes over it."""

    def write(
        *, dsn: str = "", folder: Path = Path("/nowhere"), port: int = 0, secret: str = "", cel: bool = True
    ) -> Path:
        recordings = lab.pbx.recordings
        file = tmp_path / "ringback.toml"
        file.write_text(f"""
            [[pbx]]
            name = "office"
            port = {port or lab.pbx.ami_port}
            secret = "{secret or lab.pbx.ami_secret}"
            trunks = ["{TRUNK_GLOB}"]
            retry_first_seconds = 0.1
            retry_cap_seconds = 0.3
            {f'cel_file = "{lab.pbx.cel_file}"' if cel else ""}
            monitor_folder = "{recordings}"
            [database]
            dsn = "{dsn}"
            folder = "{folder}"
            spool_folder = "{tmp_path}/spool"
            [recording]
            folder = "{tmp_path}/kept"
            pbx_folder = "{recordings}/ringback"
            shared = [{{ there = "{recordings}", here = "{recordings}" }}]
            settle_seconds = 0.2
            disk_floor_megabytes = 1
            disk_floor_percent = 0
            [http]
            port = {free_port()}
            [voice]
            port = {free_port()}
            folder = "{tmp_path}/prompts"
            tts_command = ["true"]
        """)
        return file

    return write
