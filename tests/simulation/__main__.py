"""``python -m tests.simulation SEEDS``: live through seeds, and tell the story of one that fails.

SEEDS: ``7``, ``4,9``, ``1-500``, ``1-`` with ``--seconds``, or ``tried``: those of `TRIED`. ``--mutants`` lives
through seeds with a Ringback that is broken on purpose, in each way of `mutants` (or those that are named), until it is
noticed.
"""

import argparse
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.simulation.loop import SimulatedLoop, Stopped
from tests.simulation.mutants import MUTANTS, seeds_for
from tests.simulation.server import Server
from tests.simulation.story import Story, listen_to_the_daemon
from tests.simulation.world import simulate

FAST = Path("/dev/shm")  # noqa: S108 - a folder of our own in it


TRIED = (1, 2, 3, 5, 9, 12, 23, 35, 42)
"""Seeds that were lived through before: what CI has time for of them must surprise nobody."""


def _seeds(text: str) -> Iterable[int]:
    if text == "tried":
        return TRIED
    if "," in text:
        return map(int, text.split(","))
    first, dash, last = text.partition("-")
    return range(int(first), int(last) + 1 if last else (10**9 if dash else int(first) + 1))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seeds", nargs="?", default="tried")
    parser.add_argument("--seconds", type=float, default=0, help="stop after so long")
    parser.add_argument("--story", action="store_true", help="tell the story of every seed")
    parser.add_argument("--go-on", action="store_true", help="go on after a seed that failed")
    parser.add_argument("--no-story", action="store_true", help="only what was wrong")
    parser.add_argument("--mutants", nargs="*", metavar="NAME", help="each must be noticed within --within seeds")
    parser.add_argument("--mutant", metavar="NAME", help="be broken in one way")
    parser.add_argument("--within", type=int, default=15)
    parser.add_argument("--folder", type=Path, default=FAST if FAST.is_dir() else None, help="where its database is")
    asked = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of text must have one order
        os.execve(  # noqa: S606 - ourselves
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    signal.signal(signal.SIGTERM, _stop)  # a server and its folder are ours to take away
    signal.signal(signal.SIGINT, _stop)
    with _server(asked.folder) as server:
        if asked.mutants is not None:
            return _all_noticed(asked.mutants or list(MUTANTS), asked.within, server)
        return _run(asked, server)


def _stop(*_: object) -> None:
    """End at the next turn of the loop; who cannot wait for that asks twice."""
    if SimulatedLoop.stop_asked:
        sys.exit(1)
    SimulatedLoop.stop_asked = True


def _all_noticed(names: list[str], within: int, server: Server) -> int:
    """Be broken in each way, in seeds that are rough enough for it; 1 if one of them was not noticed."""
    unnoticed = [name for name in names if not _noticed(name, within, server)]
    print(f"{len(names)} ways to be broken, {len(unnoticed)} not noticed: {unnoticed}")
    return 1 if unnoticed else 0


def _noticed(name: str, within: int, server: Server) -> bool:
    began, lived = time.process_time(), 0
    undo = MUTANTS[name].apply()
    try:
        for seed in seeds_for(name, within):
            story = simulate(seed, server, hurried=True)
            lived += 1
            if story.found:
                seconds = time.process_time() - began
                print(
                    f"{name:<22} noticed in {lived} seeds, {seconds:.0f} s: seed {seed}: {story.found[0]}", flush=True
                )
                return True
    finally:
        undo()
    print(f"{name:<22} NOT NOTICED in {lived} seeds, {time.process_time() - began:.0f} s", flush=True)
    return False


@contextlib.contextmanager
def _server(among: Path | None) -> Iterator[Server]:
    listen_to_the_daemon()
    folder = Path(tempfile.mkdtemp(prefix="rb-simulation-", dir=among))
    folder.chmod(0o755)
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


def _run(asked: argparse.Namespace, server: Server) -> int:
    if asked.mutant:
        MUTANTS[asked.mutant].apply()
    began, sums, failed, lived = time.monotonic(), Counter[str](), [], 0
    with contextlib.suppress(Stopped):  # what was lived through until then counts
        for seed in _seeds(asked.seeds):
            story = simulate(seed, server, hurried=bool(asked.mutant))
            lived += 1
            sums.update(story.counts)
            _tell(story, asked)
            if story.found:
                failed.append(seed)
                if not asked.go_on:
                    break
            if asked.seconds and time.monotonic() - began > asked.seconds:
                break
    seconds, cpu = time.monotonic() - began, time.process_time()
    tail = f"{len(failed)} failed{': ' if failed else ''}{failed[:40] or ''}"
    print(f"{lived} seeds in {seconds:.0f} s ({cpu:.0f} s of a processor here), {tail}")
    for name, number in sorted(sums.items()):
        if not name.startswith("log "):
            print(f"  {number:>9,} {name}")
    return 1 if failed else 0


def _tell(story: Story, asked: argparse.Namespace) -> None:
    if asked.story or (story.found and not asked.no_story):
        print("\n".join(story.lines()))
    for wrong in story.found:
        print(f"seed {story.seed}: WRONG: {wrong}")
    if story.found:
        print(f"seed {story.seed} FAILED; once more: make simulate SEEDS={story.seed}", flush=True)
    elif asked.go_on:
        print(f"seed {story.seed}: {story.counts.get('callbacks', 0)} callbacks, all well", flush=True)


if __name__ == "__main__":
    sys.exit(main())
