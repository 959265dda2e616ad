"""Do the settings and the directory fit the calls of the last month?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, NamedTuple

from telephony.checkup.findings import CheckFinding, ok, warn
from telephony.ports import Row
from telephony.postgres.queries import load
from telephony.settings import PbxSettings

_DAYS: Final = 30
_ENOUGH: Final = 20
"""Outside calls; with fewer, a trunk that carried none may just have had a quiet month."""


class _LedgerCheckSql(NamedTuple):
    trunks: str
    inside_trunks: str
    answerers: str
    manager_endpoints: str


_SQL: Final = load(Path(__file__).with_name("ledger.sql"), _LedgerCheckSql)


class SeenCalls(NamedTuple):
    """Calls of one PBX by endpoint."""

    outside: Mapping[str, int]
    """By the trunk that they came or went by."""
    inside: Mapping[str, int]
    """Calls that were taken for internal, with an outside number on that endpoint."""
    answered: Mapping[str, int]
    """Inbound calls by the telephone that answered."""


async def check_ledger(connection: Any, pbxs: Sequence[PbxSettings]) -> list[CheckFinding]:  # noqa: ANN401 - asyncpg's
    """Compare trunks and managers with the calls of the last month."""
    since = datetime.now(UTC) - timedelta(days=_DAYS)
    rows = [await connection.fetch(query, since) for query in (_SQL.trunks, _SQL.inside_trunks, _SQL.answerers)]
    managers = frozenset(row["endpoint"] for row in await connection.fetch(_SQL.manager_endpoints))
    found: list[CheckFinding] = []
    for pbx in pbxs:
        seen = SeenCalls(*(_counted(every, pbx.name) for every in rows))
        found += [*judge_trunks(pbx, seen), *judge_people(pbx, seen, managers)]
    return found


def _counted(rows: Iterable[Row], pbx: str) -> dict[str, int]:
    return {row["endpoint"]: row["calls"] for row in rows if row["pbx"] == pbx}


def judge_trunks(pbx: PbxSettings, seen: SeenCalls) -> Iterator[CheckFinding]:
    """Compare ``trunks`` with the ways that calls really took (pure)."""
    if not pbx.trunks:
        return
    subject = f"calls {pbx.name}"
    strangers = {name: calls for name, calls in seen.inside.items() if not _fits(name, pbx.trunks)}
    if not pbx.trunk_contexts:
        strangers |= {name: calls for name, calls in seen.outside.items() if not _fits(name, pbx.trunks)}
    if strangers:
        named = ", ".join(f"{name} ({calls})" for name, calls in strangers.items())
        globs = ", ".join(f'"{glob}"' for glob in (*pbx.trunks, *(f"{name}-*" for name in strangers)))
        why = f"outside numbers were on {named} in {_DAYS} days, which `trunks` does not name: taken for internal calls"
        yield warn(subject, why, f"trunks = [{globs}]  under [[pbx]], if those lead outside")
    total = sum(seen.outside.values())
    idle = [glob for glob in pbx.trunks if not any(_fits(name, (glob,)) for name in seen.outside)]
    if idle and total >= _ENOUGH:
        why = f"none of {total} outside calls in {_DAYS} days came or went by {', '.join(idle)}"
        yield warn(subject, why, "fine for a spare trunk; else correct `trunks` under [[pbx]]")
    if total and not strangers and not (idle and total >= _ENOUGH):
        yield ok(subject, f"{total:,} outside calls in {_DAYS} days, each by a trunk that is named")


def judge_people(pbx: PbxSettings, seen: SeenCalls, managers: frozenset[str]) -> Iterator[CheckFinding]:
    """Tell of telephones that answer customers and are nobody's (pure)."""
    nobodys = {
        name: calls
        for name, calls in seen.answered.items()
        if name not in managers and not _fits(name, pbx.trunks) and name not in seen.outside
    }
    subject = f"people {pbx.name}"
    if nobodys:
        named = ", ".join(f"{name} ({calls} calls)" for name, calls in nobodys.items())
        cure = "ringback directory import managers FILE, with a line for each; or `ringback attach` again"
        yield warn(subject, f"{named} answered customers and no manager has that telephone: nobody rings it", cure)
    elif seen.answered:
        yield ok(subject, f"each of {len(seen.answered)} telephones that answered customers is a manager's")


def _fits(endpoint: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(f"{endpoint}-00000001", glob) for glob in globs)
