"""Mutation testing of the pure rooms: change one thing at a time, and see whether a unit test minds.

    python -m tests.mutants [--rooms callback.policy ...] [--sample 40] [--seed 1] [--each-seconds 90]

The changes (an operator, a constant, a branch) are Cosmic Ray's. Places are drawn at random from a seed, each place
with one of its changes, so that a line with twelve possible operators does not count twelve times. Each is tried in a
copy of the tree. A change that no test notices is printed as a diff: a test is missing, or the code says nothing. The
exit code is 1 if fewer than nine in ten were noticed.
"""

import argparse
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT: Final = Path(__file__).parents[1]
GOAL: Final = 0.9
UNIT: Final = "tests/unit"
ROOMS: Final = {
    "callback.policy": ("telephony/callback/policy", f"{UNIT}/telephony/callback"),
    "calls.tracking": ("telephony/calls/tracking", f"{UNIT}/telephony/calls {UNIT}/telephony/test_cases.py"),
    "ami.protocol": ("telephony/ami/protocol", f"{UNIT}/telephony/ami"),
    "recording.plan": ("telephony/recording/plan", f"{UNIT}/telephony/recording"),
    "schedule.rules": ("telephony/schedule/rules", f"{UNIT}/telephony/schedule"),
    "voice.dialogs": ("telephony/voice/dialogs", f"{UNIT}/telephony/voice"),
    "voice.words": ("telephony/voice/words", f"{UNIT}/telephony/voice"),
    "tolls": ("telephony/tolls", f"{UNIT}/telephony/tolls"),
    "audit": ("telephony/audit", f"{UNIT}/telephony/audit"),
    "crm.policy": ("crm_bridge/crm/policy", f"{UNIT}/crm_bridge"),
    "api.values": ("crm_bridge/api/values", f"{UNIT}/crm_bridge"),
}
"""Pure code, and the unit tests that answer for it."""

_NO_MUTANTS: Final = ("BitOr", "RemoveDecorator")
"""``X | None`` in an annotation is no arithmetic; a class without its @dataclass falls over at import."""


_NO_PLACES: Final = ("@dataclass", "_T =", "    from ", "from ", "import ")
"""Whether a value is frozen or has slots is no behaviour that a test of it could see; mypy holds it."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file."""

    path: str
    operator: str
    occurrence: int
    line: int

    def code(self, source: str) -> str | None:
        """Return the changed source, or None if the change cannot be made."""
        changed = mutate_code(source, get_operator(self.operator)(), self.occurrence)
        return changed if isinstance(changed, str) and changed != source else None


def mutants(path: str, source: str) -> Iterator[list[Mutant]]:
    """Yield each place of a file that can be changed, as its changes."""
    places: dict[tuple[object, object], list[Mutant]] = {}
    lines = source.splitlines()
    tree = get_ast(source)
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments() or any(word in name for word in _NO_MUTANTS):
            continue
        spots = (spot for node in ast_nodes(tree) for spot in operator().mutation_positions(node))
        for occurrence, (start, stop) in enumerate(spots):
            if lines[start[0] - 1].startswith(_NO_PLACES):
                continue
            places.setdefault((start, stop), []).append(Mutant(path, name, occurrence, start[0]))
    yield from places.values()


def drawn(folder: str, sample: int, seed: int) -> list[Mutant]:
    """Draw ``sample`` changes of a folder; the same seed draws the same."""
    dice = random.Random(f"{folder} {seed}")  # noqa: S311 - no secret
    places = [
        place
        for file in sorted((ROOT / folder).rglob("*.py"))
        for place in mutants(str(file.relative_to(ROOT)), file.read_text())
    ]
    return [dice.choice(place) for place in dice.sample(places, min(sample, len(places)))]


def passes(tree: Path, tests: str, seconds: float) -> bool:
    """Run a room's tests in a copy of the tree; one that takes too long does not pass."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests.split()]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_MAX_EXAMPLES": "25"}
    try:
        done = subprocess.run(  # noqa: S603 - our own tests
            command, cwd=tree, env=environment, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survivors(tree: Path, room: str, sample: int, seed: int, seconds: float) -> tuple[int, list[str]]:
    """Try a room's changes.

    Returns:
        How many were tried, and the diffs of those that no test noticed.
    """
    folder, tests = ROOMS[room]
    if not passes(tree, tests, seconds * 4):
        raise SystemExit(f"mutants: the tests of {room} do not pass as they are: {tests}")
    tried, missed = 0, []
    for mutant in drawn(folder, sample, seed):
        source = (ROOT / mutant.path).read_text()
        changed = mutant.code(source)
        if changed is None:
            continue
        tried += 1
        (tree / mutant.path).write_text(changed)
        try:
            if passes(tree, tests, seconds):
                missed.append(_diff(mutant, source, changed))
        finally:
            (tree / mutant.path).write_text(source)
        print(f"\r{room}: {tried} tried, {tried - len(missed)} noticed", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return tried, missed


def _diff(mutant: Mutant, source: str, changed: str) -> str:
    lines = difflib.unified_diff(source.splitlines(), changed.splitlines(), lineterm="", n=0)
    wanted = [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    return "\n".join([f"{mutant.path}:{mutant.line}", *(f"    {line}" for line in wanted)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the rooms that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rooms", nargs="+", choices=ROOMS, default=list(ROOMS), metavar="ROOM", help=", ".join(ROOMS))
    parser.add_argument("--sample", type=int, default=40, help="changes a room (40)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each-seconds", type=float, default=90, help="longest a change's tests may take (90)")
    chosen = parser.parse_args(arguments)
    started, tried, missed = time.monotonic(), 0, list[str]()
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        tree = Path(name)
        shutil.copytree(
            ROOT, tree, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "*.egg-info", "node_modules")
        )
        for room in chosen.rooms:
            count, unnoticed = survivors(tree, room, chosen.sample, chosen.seed, chosen.each_seconds)
            print(f"{room}: {count - len(unnoticed)} of {count} noticed", flush=True)
            print(*unnoticed, sep="\n", flush=True)
            tried, missed = tried + count, [*missed, *unnoticed]
    share = (tried - len(missed)) / max(tried, 1)
    print(f"all: {tried - len(missed)} of {tried} noticed ({share:.0%}), in {time.monotonic() - started:.0f} s")
    return 0 if share >= GOAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
