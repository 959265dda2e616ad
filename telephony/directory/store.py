"""The directory in PostgreSQL: import, reading, and the local answer to `assigned_manager`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from telephony.directory.model import CustomerEntry, Endpoint, ManagerEntry, ManagerId
from telephony.numbers import Canonical
from telephony.ports import Row
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

"""An `asyncpg.Record`."""


class _DirectorySql(NamedTuple):
    managers: str
    forget_managers: str
    put_managers: str
    put_customers: str
    customers: str
    do_not_call: str
    may_be_called: str
    forget_customer: str
    owners: str
    all_owners: str
    customer_name: str
    language_of: str


SQL: Final = load(Path(__file__).with_name("directory.sql"), _DirectorySql)


class DirectoryStore:
    """Reads and writes the directory."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def managers(self) -> tuple[ManagerEntry, ...]:
        """Return all managers, in the order of the imported file."""
        return tuple(_manager_from(row) for row in await self._pool.fetch(SQL.managers))

    async def customers(self, limit: int, after: str = "") -> tuple[CustomerEntry, ...]:
        """Return a page of customers, by number."""
        return tuple(_customer_from(row) for row in await self._pool.fetch(SQL.customers, after, limit))

    async def put_customer(self, number: str, *, name: str, manager_id: str | None, do_not_call: bool) -> None:
        """Add or replace one customer; ``number`` is canonical."""
        owner = ManagerId(manager_id) if manager_id else None
        await self.put_customers([CustomerEntry(Canonical(number), name, owner, do_not_call)])

    async def mark(self, number: str, *, do_not_call: bool) -> bool:
        """Set or lift the mark "do not call" and nothing else; tell whether anything changed."""
        query = SQL.do_not_call if do_not_call else SQL.may_be_called
        return await self._pool.fetchval(query, number) is not None

    async def forget_customer(self, number: str) -> bool:
        """Take a customer out; tell whether they were in."""
        return await self._pool.fetchval(SQL.forget_customer, number) is not None

    async def replace_managers(self, managers: Sequence[ManagerEntry]) -> None:
        """Make these all the managers there are: who is not among them is gone."""
        rows = [
            (
                one.manager_id,
                one.name,
                one.endpoint,
                one.mobile,
                one.language,
                one.group,
                one.deputy,
                one.hours,
                one.pbx,
            )
            for one in managers
        ]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(9)]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.put_managers, *columns, list(range(len(rows))))
            await connection.execute(SQL.forget_managers, [one.manager_id for one in managers])

    async def put_customers(self, customers: Sequence[CustomerEntry]) -> None:
        """Add or replace these customers; the others stay."""
        rows = [(one.number, one.name, one.manager_id, one.do_not_call) for one in customers]
        if rows:
            await self._pool.execute(SQL.put_customers, *(list(column) for column in zip(*rows, strict=True)))


class LocalDirectory:
    """The port `AssignedManager`, answered by the local directory; it knows many at once as easily as one."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __call__(self, number: Canonical, /) -> ManagerId | None:
        """Return the customer's own manager, if the directory has both."""
        return (await self.owners([number])).get(number)

    async def owners(self, numbers: Sequence[Canonical]) -> dict[Canonical, ManagerId]:
        """Return the managers of those of these customers who have one."""
        rows = await self._pool.fetch(SQL.owners, numbers)
        return {row["number"]: ManagerId(row["manager_id"]) for row in rows}


def _manager_from(row: Row) -> ManagerEntry:
    return ManagerEntry(
        manager_id=ManagerId(row["manager_id"]),
        name=row["name"],
        endpoint=Endpoint(row["endpoint"]),
        mobile=row["mobile"],
        language=row["language"],
        group=row["team"],
        deputy=ManagerId(row["deputy"]) if row["deputy"] else None,
        hours=row["hours"],
        pbx=row["pbx"],
    )


def _customer_from(row: Row) -> CustomerEntry:
    return CustomerEntry(
        number=Canonical(row["number"]),
        name=row["name"],
        manager_id=ManagerId(row["manager_id"]) if row["manager_id"] else None,
        do_not_call=row["do_not_call"],
    )
