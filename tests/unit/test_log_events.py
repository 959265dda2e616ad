"""What the product logs: events have dotted names, and every logger carries its module's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.structure import files

_EVENT = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
_ROOT = Path(__file__).parents[2]


def _calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in files(str(_ROOT / root) for root in ("telephony", "crm_bridge", "deploy", "dialplan")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path.relative_to(_ROOT), node


def _events() -> Iterator[tuple[str, str]]:
    """Yield each literal event name and its place."""
    for path, call in _calls():
        called = call.func
        if not (isinstance(called, ast.Attribute) and called.attr in _LEVELS and call.args):
            continue
        logger = ast.unparse(called.value).rpartition(".")[2]
        if logger not in {"log", "_log", "logger", "_logger"}:
            continue
        for node in ast.walk(call.args[0]):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, f"{path}:{call.lineno}"


def test_every_event_is_an_area_and_what_happened_in_it() -> None:
    events = list(_events())

    assert len(events) > 100
    assert [event for event in events if not _EVENT.fullmatch(event[0])] == []


def test_every_logger_of_ours_carries_its_module() -> None:
    made = [
        (ast.unparse(call), f"{path}:{call.lineno}")
        for path, call in _calls()
        if ast.unparse(call.func) == "structlog.get_logger"
    ]

    assert made
    assert [each for each in made if each[0] != "structlog.get_logger(__name__)"] == []
