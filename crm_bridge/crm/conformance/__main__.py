"""``python -m crm_bridge.crm.conformance MODULE:OPENED``: all checks, a line each; exit code 1 if one breaks."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import cast

from crm_bridge.crm.conformance.checks import CHECKS
from crm_bridge.crm.conformance.other_side import Trial

_WRONG = 2


async def run(opened: Callable[[], AbstractAsyncContextManager[Trial]]) -> int:
    """Run all checks, each on a side of its own; gives the exit code."""
    broken = 0
    for check in CHECKS:
        try:
            async with opened() as side:
                await check(side)
        except Exception as error:  # noqa: BLE001 - a gateway may fail in any way, and the other checks go on
            broken += 1
            sys.stdout.write(f"broken  {check.__name__}: {type(error).__name__}: {error}\n")
        else:
            sys.stdout.write(f"kept    {check.__name__}\n")
    return int(broken > 0)


def main() -> int:
    """Read the command line."""
    module, _, name = sys.argv[1].partition(":") if len(sys.argv) > 1 else ("", "", "")
    if not module or not name:
        sys.stderr.write(f"{__doc__}\n")
        return _WRONG
    sys.path.insert(0, "")
    opened = cast("Callable[[], AbstractAsyncContextManager[Trial]]", getattr(import_module(module), name))
    return asyncio.run(run(opened))


if __name__ == "__main__":
    sys.exit(main())
