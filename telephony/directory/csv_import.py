"""A spreadsheet's CSV to managers and customers, all or nothing.

The first line names the columns, in any order and case; a byte order mark and ``;`` or tab as the separator (what
spreadsheets in Europe write) are understood. A line is refused, with its number, rather than guessed at: a directory
that is half right rings the wrong people.

=========  =========================================================================================
managers   ``id,name,endpoint,mobile,language,group,deputy,hours,pbx``; id, name and endpoint needed
customers  ``number,name,manager,do_not_call``; number needed
=========  =========================================================================================
"""

import csv
import io
from collections.abc import Iterator, Mapping

from telephony.directory.errors import CsvUnreadable
from telephony.directory.model import (
    CustomerEntry,
    Endpoint,
    ManagerEntry,
    ManagerId,
    is_endpoint,
    is_manager_id,
)
from telephony.errors import SettingsError
from telephony.numbers import Canonical, canonical
from telephony.schedule.rules.hours import weekly

MANAGER_COLUMNS = ("id", "name", "endpoint", "mobile", "language", "group", "deputy", "hours", "pbx")
CUSTOMER_COLUMNS = ("number", "name", "manager", "do_not_call")
_YES = frozenset({"1", "yes", "y", "true", "да", "так", "x"})
_NO = frozenset({"", "0", "no", "n", "false", "нет", "ні"})
_LONGEST_NAME = 200


def read_managers(text: str, technology: str) -> tuple[ManagerEntry, ...]:
    """Read managers; ``technology`` (``PJSIP``) completes an endpoint told as an extension only.

    Raises:
        CsvUnreadable: a line is wrong, an id comes twice, or a deputy is nobody.
    """
    found: dict[ManagerId, ManagerEntry] = {}
    for line, row in _rows(text, MANAGER_COLUMNS, needed=("id", "name", "endpoint")):
        entry = _manager(line, row, technology)
        if entry.manager_id in found:
            raise CsvUnreadable(f"line {line}: id {entry.manager_id!r} comes twice")
        found[entry.manager_id] = entry
    for entry in found.values():
        if entry.deputy is not None and entry.deputy not in found:
            raise CsvUnreadable(f"the deputy {entry.deputy!r} of {entry.manager_id!r} is not in the file")
    return tuple(found.values())


def read_customers(text: str, region: str) -> tuple[CustomerEntry, ...]:
    """Read customers; the last line of several for one number counts.

    Raises:
        CsvUnreadable: a line is wrong.
    """
    found: dict[Canonical, CustomerEntry] = {}
    for line, row in _rows(text, CUSTOMER_COLUMNS, needed=("number",)):
        entry = _customer(line, row, region)
        found[entry.number] = entry
    return tuple(found.values())


def _rows(text: str, known: tuple[str, ...], needed: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    head, _, _ = text.removeprefix("\ufeff").partition("\n")
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator, strict=True)
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_columns(columns, known, needed)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, _row(reader.line_num, columns, cells, needed)
    except csv.Error as error:
        raise CsvUnreadable(f"line {reader.line_num}: {error}") from error


def _check_columns(columns: list[str], known: tuple[str, ...], needed: tuple[str, ...]) -> None:
    unknown = [name for name in columns if name not in known]
    missing = [name for name in needed if name not in columns]
    if unknown or missing or len(set(columns)) != len(columns):
        complaint = f"line 1: the columns are {', '.join(columns) or 'none'}"
        raise CsvUnreadable(f"{complaint}; write {', '.join(known)}, of which {', '.join(needed)} are needed")


def _row(line: int, columns: list[str], cells: list[str], needed: tuple[str, ...]) -> Mapping[str, str]:
    if len(cells) != len(columns):
        raise CsvUnreadable(f"line {line}: {len(cells)} cells under {len(columns)} columns")
    row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
    for name, cell in row.items():
        if len(cell) > _LONGEST_NAME or not cell.isprintable():
            raise CsvUnreadable(f"line {line}: {name} is too long or has unprintable letters")
        if name in needed and not cell:
            raise CsvUnreadable(f"line {line}: {name} is empty")
    return row


def _manager(line: int, row: Mapping[str, str], technology: str) -> ManagerEntry:
    phone = row["endpoint"] if "/" in row["endpoint"] else f"{technology}/{row['endpoint']}"
    if not is_manager_id(row["id"]) or not is_endpoint(phone):
        raise CsvUnreadable(f"line {line}: id {row['id']!r} or endpoint {row['endpoint']!r} cannot be one")
    _check_phone(line, row.get("mobile", ""))
    _check_hours(line, row.get("hours", ""))
    return ManagerEntry(
        manager_id=ManagerId(row["id"]),
        name=row["name"],
        endpoint=Endpoint(phone),
        mobile=row.get("mobile", ""),
        language=row.get("language", "").lower(),
        group=row.get("group", ""),
        deputy=ManagerId(row["deputy"]) if row.get("deputy") else None,
        hours=row.get("hours", ""),
        pbx=row.get("pbx", ""),
    )


def _customer(line: int, row: Mapping[str, str], region: str) -> CustomerEntry:
    number = canonical(row["number"], region)
    if not _is_digits(number):
        raise CsvUnreadable(f"line {line}: {row['number']!r} is no phone number")
    marked = row.get("do_not_call", "").lower()
    if marked not in _YES | _NO:
        raise CsvUnreadable(f"line {line}: do_not_call is {marked!r}; write yes or no")
    return CustomerEntry(
        number=number,
        name=row.get("name", ""),
        manager_id=ManagerId(row["manager"]) if row.get("manager") else None,
        do_not_call=marked in _YES,
    )


def _check_phone(line: int, number: str) -> None:
    if number and not _is_digits(number):
        raise CsvUnreadable(f"line {line}: mobile {number!r} is no phone number: a plus and digits only")


def _check_hours(line: int, hours: str) -> None:
    if not hours:
        return
    try:
        weekly(hours, "UTC")
    except SettingsError as error:
        raise CsvUnreadable(f"line {line}: {error}") from error


def _is_digits(number: str) -> bool:
    bare = number.removeprefix("+")
    return bare.isascii() and bare.isdecimal()
