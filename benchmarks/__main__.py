"""Run all benchmarks, or those named; write results.json and the table in docs/benchmarks.md.

Each module runs in a process of its own, so that one's memory and caches do not flatter or burden the next.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
TABLE = HERE.parent / "docs" / "benchmarks.md"
MODULES = (
    "tracker",
    "ledger",
    "recording",
    "start",
    "callback",
    "voice",
    "night",
    "load",
    "api",
    "console",
    "backlog",
    "catching_up",
)
_BEGIN, _END = "<!-- results: begin -->", "<!-- results: end -->"


def main() -> int:
    """Run, merge into what earlier runs of other modules found, write; give the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)} (default: all)")
    parser.add_argument("--in-process", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_process:
        rows = importlib.import_module(f"benchmarks.{options.in_process}").rows()
        print(json.dumps([row.as_json() for row in rows]))
        return 0
    unknown = set(options.modules) - set(MODULES)
    if unknown:
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    failed = [name for name in options.modules or MODULES if not _run(name)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run(name: str) -> bool:
    began = time.monotonic()
    print(f"{name} ...", end=" ", flush=True)
    done = subprocess.run(  # noqa: S603  (our own module, by name)
        [sys.executable, "-m", "benchmarks", "--in-process", name], stdout=subprocess.PIPE, text=True, check=False
    )
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    if done.returncode:
        return False
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    fresh = [{"module": name, **row} for row in json.loads(done.stdout.splitlines()[-1])]
    merged = [row for row in kept if row["module"] != name] + fresh
    merged.sort(key=lambda row: MODULES.index(row["module"]))
    RESULTS.write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n")
    _write_table(merged)
    return True


def _write_table(rows: list[dict[str, object]]) -> None:
    lines = ["| what | value | unit | against | its value | ratio |", "|---|--:|---|---|--:|--:|"]
    lines += [
        f"| {row['name']} | {_cell(row['value'])} | {row['unit']} | {row['peer']} "
        f"| {_cell(row['peer_value'])} | {_cell(row['ratio'])} |"
        for row in rows
    ]
    text = TABLE.read_text()
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}."
    TABLE.write_text(f"{before}{_BEGIN}\n{machine}\n\n" + "\n".join(lines) + f"\n{_END}{after}")


def _cell(value: object) -> str:
    return "" if value is None else f"{value:,g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
