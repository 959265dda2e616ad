"""The structure of the product as figures, and what it must keep to.

``python -m tests.structure`` prints each breach of a rule, ``--table`` what docs/architecture.md shows. The rules: no
folder with more than 15 modules, no file that got away, no class name twice unless it is the same idea, no code that
only tests use.
"""

import ast
import io
import re
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Final

from vulture import Vulture

ROOTS: Final = ("telephony", "crm_bridge")
"""What is measured."""
ALIVE: Final = ("telephony", "crm_bridge", "deploy", "dialplan", "benchmarks", "service.py")
"""Where a use counts as one; a test's does not."""

_MOST_MODULES: Final = 15
_LONGEST_MODULE: Final = 330
_LONGER: Final = {
    "telephony/calls/tracking/state.py": "the steps that keep the records consistent stand together",
}
_CALLED_BY_NAME: Final = {
    "__call__": "Protocols and objects that are called",
    "__aexit__": "the language's",
}
_DECORATED: Final = ("@model_validator*", "@field_validator*")
_LONG_LINE: Final = 100
SAME_IDEA: Final = {
    "Ask": "what a dialog wants of its runner; the manager's and the caller's each have their own fields",
    "Leave": "as Ask",
    "Erased": "crm_bridge's view of telephony's own",
    "Library": "the API's port, and what stands behind it",
}
"""Class names that may stand in several files."""


@dataclass(slots=True)
class _Figures:
    modules: list[int] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    folders: Counter[Path] = field(default_factory=Counter)
    imports: int = 0
    docstrings: int = 0
    comments: int = 0
    long_lines: int = 0
    private: int = 0
    called_once: int = 0


def files(roots: Iterable[str] = ROOTS) -> Iterator[Path]:
    """Every module of the product."""
    for root in roots:
        yield from sorted(Path(root).rglob("*.py"))


def measure() -> _Figures:
    """Read the whole product."""
    figures = _Figures()
    for path in files():
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        figures.modules.append(len(lines))
        if path.name != "__init__.py":
            figures.folders[path.parent] += 1
        figures.long_lines += sum(len(line) > _LONG_LINE for line in lines)
        figures.comments += sum(
            token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
        )
        _of_tree(ast.parse(text), text, figures)
    return figures


def _of_tree(tree: ast.Module, text: str, figures: _Figures) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            figures.imports += _lines(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            figures.functions.append(_lines(node))
            if node.name.startswith("_") and not node.name.startswith("__"):
                figures.private += 1
                figures.called_once += text.count(f"{node.name}(") + text.count(f"{node.name},") <= 2
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                figures.docstrings += _lines(first)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def table(figures: _Figures) -> str:
    """Lay the figures out as docs/architecture.md has them."""
    lines = sum(figures.modules)
    per_folder = list(figures.folders.values())
    shares = [100 * part / lines for part in (figures.imports, figures.docstrings, figures.comments)]
    cells = (
        f"{len(figures.modules)}",
        f"{lines:,}",
        _spread(figures.modules),
        f"{mean(per_folder):.1f} (max {max(per_folder)})",
        _spread(figures.functions),
        f"{100 * figures.called_once / len(figures.functions):.0f} %",
        *(f"{share:.1f} %" for share in shares),
        f"{figures.long_lines:,}",
    )
    return f"| {' | '.join(cells)} |"


def _spread(values: list[int]) -> str:
    return f"{median(values):.0f}/{quantiles(values, n=10)[8]:.0f}/{max(values)}"


def breaches(figures: _Figures) -> Iterator[str]:
    """Tell what does not keep to the rules."""
    for folder, count in figures.folders.items():
        if count > _MOST_MODULES:
            yield f"{folder}: {count} modules; at most {_MOST_MODULES} stand in one folder"
    for path in files():
        length = len(path.read_text(encoding="utf-8").splitlines())
        if length > _LONGEST_MODULE and str(path) not in _LONGER:
            yield f"{path}: {length} lines; at most {_LONGEST_MODULE}"
    for name, paths in repeated_names().items():
        if name not in SAME_IDEA:
            yield f"{name}: a class of this name stands in {', '.join(paths)}; name each by what it is"
    yield from _unused()


_IN_TEMPLATES: Final = re.compile(r"\{[{%].*?[}%]\}", re.DOTALL)


def _named_in_templates() -> set[str]:
    """Give every word that stands in a page's expressions: an attribute that only a template reads is used."""
    texts = (path.read_text(encoding="utf-8") for root in ROOTS for path in Path(root).rglob("*.html"))
    return {word for text in texts for found in _IN_TEMPLATES.findall(text) for word in re.findall(r"\.(\w+)", found)}


def _unused() -> Iterator[str]:
    vulture = Vulture(ignore_names=[*_CALLED_BY_NAME, *_named_in_templates()], ignore_decorators=list(_DECORATED))
    vulture.scavenge(ALIVE)
    for item in vulture.get_unused_code(min_confidence=60):
        # Fields of rows, settings and messages are read by name where no reader of code sees it.
        place = Path(item.filename).relative_to(Path.cwd())
        if item.typ not in {"variable", "attribute"} and place.parts[0] in ROOTS:
            yield f"{place}:{item.first_lineno}: nothing but tests uses the {item.typ} {item.name}"


def repeated_names() -> dict[str, list[str]]:
    """Class names that stand in more than one file."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path))
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def main() -> int:
    """Print the table, or what breaks a rule."""
    figures = measure()
    if "--table" in sys.argv[1:]:
        print(table(figures))
        for name, paths in sorted(repeated_names().items()):
            print(f"{name}: {', '.join(paths)}")
        return 0
    found = list(breaches(figures))
    print("\n".join(found) or "structure: every folder, file and function in its measure, and used")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
