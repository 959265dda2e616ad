"""Make as many calls as are asked for, by a seed: ``python -m tests.unit.telephony.calls.generated 100000 [SEED]``.

The same plots as the test's, drawn by a plain random generator, which is ten times as fast as looking for the smallest
failing example: the seed of a call that reads wrong is said, and makes that call again (with 1 as the number).
"""

import random
import sys

from tests.unit.telephony.calls.generated.test_generated import verify

if __name__ == "__main__":
    number, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for each in range(seed, seed + number):
        try:
            verify(random.Random(each).choice)  # noqa: S311 - no secret
        except AssertionError:
            print(f"the call of seed {each} reads wrong")  # noqa: T201 - a program for a terminal
            raise
    print(f"{number} calls, seeds from {seed}: all as they must be")  # noqa: T201 - as above
