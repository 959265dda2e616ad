"""A report as rows of a sheet: its tables one under the other. Pure."""

from collections.abc import Callable

from crm_bridge.figures.registry import FigureUnit
from crm_bridge.figures.reports import Cell, LineKind, Report

SheetRow = list[str | float | None]


def report_rows(report: Report, say: Callable[[str], str]) -> list[SheetRow]:
    """Lay out a report; ``say`` gives a text by its key."""
    rows: list[SheetRow] = []
    for table in report.tables:
        heads = table.heads if table.kind is LineKind.WEEKDAY else [say(f"figure.{head}") for head in table.heads]
        rows += [[], [say(f"table.{table.name}"), *heads]]
        rows += [[line.key, *(_number(cell) for cell in line.cells)] for line in table.lines]
    return rows


def _number(cell: Cell) -> float | None:
    if cell.value is None:
        return None
    return round(cell.value, 4 if cell.unit is FigureUnit.SHARE else 1)
