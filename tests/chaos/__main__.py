"""``python -m tests.chaos``: see `make chaos`."""

import argparse
import asyncio
import random
import sys

from tests.chaos.run import Wishes, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--rate", type=float, default=1.0, help="callers a second")
    parser.add_argument("--every", type=float, default=2.0, help="seconds from fault to fault")
    parser.add_argument("--longest", type=float, default=12.0, help="seconds that a fault lasts at most")
    parser.add_argument("--embedded", action="store_true", help="the daemon's own PostgreSQL")
    parser.add_argument("--only", default="", help="only faults whose names hold this")
    parser.add_argument("--without", default="", help="no faults whose names hold this")
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    parser.add_argument("--lease", type=float, default=120.0, help="seconds that a daemon has a message to itself")
    asked = parser.parse_args()
    return 0 if asyncio.run(run(Wishes(**vars(asked)))) else 1


if __name__ == "__main__":
    sys.exit(main())
