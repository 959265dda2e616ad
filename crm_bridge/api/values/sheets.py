"""Rows as CSV or XLSX, in pieces, as a client takes them: a million calls pass through without being held.

Names come from callers, and a spreadsheet runs what begins with ``=``. In CSV such a cell gets an apostrophe before
it; in XLSX text is written as text (``inlineStr``), which no program evaluates.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol
from unicodedata import category, normalize
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

Cell = str | float | bool | datetime | None

_NO_TEXT: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_STARTS: Final = frozenset("=+-@|%\N{MINUS SIGN}\N{HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{HORIZONTAL BAR}")
"""Of a formula, as Unicode's compatibility forms (full width, small, raised, lowered) are read as one of them, too."""
_PASSED_OVER: Final = frozenset("ZCM")
"""Spaces of any width, what is invisible, and accents that have no letter."""
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_SHEET_ROWS: Final = 1_048_575
"""The most rows of a sheet under its head; then a new sheet begins."""
_EXCEL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's times have no zone
_DAY_SECONDS: Final = 86_400


class Sheet(Protocol):
    """Takes rows, gives bytes."""

    media: str
    suffix: str

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        """Add rows; gives what can be sent now."""
        ...

    def end(self) -> bytes:
        """Return the rest."""
        ...


def plain(text: str) -> str:
    """Leave out what is no text in one line: control characters, line separators, marks that turn the direction."""
    return "".join(letter if category(letter) not in _NO_TEXT else " " for letter in text)


def neutral(text: str) -> str:
    """Keep a CSV cell from being a formula; a number, with its plus, is none."""
    pieces = plain(text).split(";")  # where a comma is in numbers, spreadsheets cut a line there, quoted or not
    return ";".join(f"'{piece}" if _may_run(piece) else piece for piece in pieces)


def _may_run(piece: str) -> bool:
    """Return whether a spreadsheet could take this for a formula once it has dropped what it does not count as text."""
    begins = next((letter for letter in piece if category(letter)[0] not in _PASSED_OVER), "")
    return bool(_STARTS & {*piece[:1], *normalize("NFKC", begins)[:1]}) and not _NUMBER.fullmatch(piece)


class CsvSheet:
    """UTF-8 with a mark at its start, without which Excel reads Cyrillic as something else."""

    media = "text/csv"
    suffix = "csv"

    def __init__(self, heads: Sequence[str], zone: ZoneInfo) -> None:
        self._zone = zone
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer)
        self._buffer.write("\ufeff")
        self._writer.writerow(heads)

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        """Add rows."""
        self._writer.writerows([self._cell(cell) for cell in row] for row in rows)
        written = self._buffer.getvalue().encode()
        self._buffer.seek(0)
        self._buffer.truncate()
        return written

    def end(self) -> bytes:
        """Return the rest."""
        return self.rows(())

    def _cell(self, cell: Cell) -> str:
        match cell:
            case None:
                return ""
            case bool():
                return "true" if cell else "false"
            case float() | int():
                return f"{cell:g}" if abs(cell) < 1e5 else f"{cell:.0f}"  # noqa: PLR2004 - :g would write 1e+06
            case datetime():
                return cell.astimezone(self._zone).isoformat(sep=" ", timespec="seconds")
            case _:
                return neutral(cell)


class _Pipe(io.RawIOBase):
    """What a ZipFile writes, until it is taken away; it cannot be wound back, so the archive is made in one go."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, given: object) -> int:
        piece = bytes(given)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


class XlsxSheet:
    """An Office Open XML workbook, written as a stream; times are the company's own."""

    media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    suffix = "xlsx"

    def __init__(self, heads: Sequence[str], zone: ZoneInfo, most: int = _SHEET_ROWS) -> None:
        self._heads = heads
        self._zone = zone
        self._most = most
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._sheets = 0
        self._left = 0
        self._begin()

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        """Add rows."""
        for row in rows:
            if self._left == 0:
                self._finish()
                self._begin()
            self._left -= 1
            self._sheet.write(self._row(row).encode())
        return self._pipe.take()

    def end(self) -> bytes:
        """Return the rest."""
        self._finish()
        numbers = range(1, self._sheets + 1)
        for name, text in _frame(numbers).items():
            self._zip.writestr(name, text)
        self._zip.close()
        return self._pipe.take()

    def _begin(self) -> None:
        self._sheets += 1
        self._left = self._most
        self._sheet = self._zip.open(f"xl/worksheets/sheet{self._sheets}.xml", "w", force_zip64=True)
        self._sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{self._row(self._heads)}'.encode())

    def _finish(self) -> None:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()

    def _row(self, row: Sequence[Cell]) -> str:
        return f"<row>{''.join(map(self._cell, row))}</row>"

    def _cell(self, cell: Cell) -> str:
        match cell:
            case None:
                return "<c/>"
            case bool():
                return f'<c t="b"><v>{int(cell)}</v></c>'
            case float() | int():
                return f"<c><v>{cell}</v></c>"
            case datetime():
                local = cell.astimezone(self._zone).replace(tzinfo=None)
                return f'<c s="1"><v>{(local - _EXCEL_EPOCH).total_seconds() / _DAY_SECONDS:.8f}</v></c>'
            case _:
                return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(plain(cell))}</t></is></c>'


_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"


_XF: Final = 'fontId="0" fillId="0" borderId="0"'
_STYLES: Final = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm:ss"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    f'<cellStyleXfs count="1"><xf numFmtId="0" {_XF}/></cellStyleXfs>'
    f'<cellXfs count="2"><xf numFmtId="0" {_XF} xfId="0"/>'
    f'<xf numFmtId="164" {_XF} xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
"""Style 1 is a time; the rest is what programs expect a workbook to have."""


def _frame(numbers: range) -> dict[str, str]:
    """The files around the sheets; they may come last."""
    sheets = "".join(f'<sheet name="calls{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    return {
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="style" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{types}</Types>',
    }


def today(now: datetime, zone: ZoneInfo) -> str:
    """Return the day for a file's name."""
    return (now if now.tzinfo else now.replace(tzinfo=UTC)).astimezone(zone).strftime("%Y-%m-%d")
