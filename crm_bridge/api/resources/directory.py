"""Managers, customers with who serves them, and who does not want to be called."""

from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Line, Nothing, Number, Params, Several
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.ports import DirectoryOrders
from crm_bridge.api.problems import Problem
from crm_bridge.api.values import cursor
from crm_bridge.api.values.keys import Scope
from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import Access
from crm_bridge.queries.statements import DIRECTORY
from crm_bridge.queries.visible import narrowed
from crm_bridge.schemas import CustomerShape, ManagerShape
from telephony.numbers import canonical
from telephony.postgres.pool import Pool


class Managers(BaseModel):
    """All managers, in the directory's order."""

    managers: list[ManagerShape]


ManagerName = Annotated[Line, Field(max_length=64)]
"""An id of the directory."""


class CustomerPageParams(PageParams):
    """Which page."""

    limit: int = Field(100, ge=1, le=1000)


class CustomerListParams(CustomerPageParams):
    """Which customers."""

    manager: Several[ManagerName] = Field((), description="Only those of these managers (the directory's ids).")


class CustomerPage(BaseModel):
    """A page of customers, by number."""

    customers: list[CustomerShape]
    next_cursor: str | None = NEXT


class CustomerNumberParams(Params):
    """Whose number."""

    number: Number = Field(description="In any spelling.")


class CustomerBody(Body):
    """All that the directory keeps of a customer; what is left out is empty."""

    name: Line = Field("", max_length=120)
    manager_id: Line | None = Field(None, max_length=64, description="Who serves them, by the directory's id.")
    do_not_call: bool = False


class DirectoryHandlers:
    """The operations on the directory."""

    def __init__(self, pool: Pool, orders: DirectoryOrders, region: str) -> None:
        self._pool = pool
        self._orders = orders
        self._region = region

    async def managers(self, _: Asked[Nothing]) -> Managers:
        """List managers."""
        rows = await self._pool.fetch(DIRECTORY.managers)
        return Managers(managers=[ManagerShape.model_validate(dict(row)) for row in rows])

    async def customers(self, asked: Asked[CustomerListParams]) -> CustomerPage:
        """List customers."""
        params = asked.params
        return await self._page(DIRECTORY.customers, asked, list(params.manager) or None)

    async def not_to_call(self, asked: Asked[CustomerPageParams]) -> CustomerPage:
        """List those who do not want to be called."""
        return await self._page(DIRECTORY.do_not_call, asked)

    async def customer(self, asked: Asked[CustomerNumberParams]) -> CustomerShape:
        """Show one customer."""
        return await self._one(self._canonical(asked.params.number), asked.access)

    async def put_customer(self, asked: Asked[CustomerNumberParams]) -> CustomerShape:
        """Add or replace one customer."""
        number, body = self._canonical(asked.params.number), asked.body
        if body.manager_id and not await self._pool.fetchval(DIRECTORY.manager_known, body.manager_id):
            raise Problem(409, "no-such-manager", f"the directory has no manager {body.manager_id!r}")
        await self._orders.put_customer(
            number, name=body.name, manager_id=body.manager_id or None, do_not_call=body.do_not_call
        )
        return await self._one(number, asked.access)

    async def forget_customer(self, asked: Asked[CustomerNumberParams]) -> None:
        """Take one out of the directory."""
        if not await self._orders.forget_customer(self._canonical(asked.params.number)):
            raise NoSuchThing("the directory has no customer of that number")

    async def do_not_call(self, asked: Asked[CustomerNumberParams]) -> None:
        """Mark one."""
        await self._orders.mark(self._canonical(asked.params.number), do_not_call=True)

    async def may_be_called(self, asked: Asked[CustomerNumberParams]) -> None:
        """Lift the mark."""
        if not await self._orders.mark(self._canonical(asked.params.number), do_not_call=False):
            raise NoSuchThing("that number is not marked")

    async def _page(self, query: str, asked: Asked[Any], *given: object) -> CustomerPage:
        params: CustomerPageParams = asked.params
        after = cursor.read_text(params.cursor) if params.cursor else ""
        statement, values = narrowed(query, asked.access, [after, *given, params.limit + 1])
        rows = await self._pool.fetch(statement, *values)
        customers = [CustomerShape.model_validate(dict(row)) for row in rows]
        shown, last = cut(customers, params.limit, lambda customer: cursor.write_text(customer.number))
        return CustomerPage(customers=shown, next_cursor=last)

    async def _one(self, number: str, access: Access) -> CustomerShape:
        statement, values = narrowed(DIRECTORY.customer, access, [number])
        row = await self._pool.fetchrow(statement, *values)
        if row is None:
            raise NoSuchThing("the directory has no customer of that number")
        return CustomerShape.model_validate(dict(row))

    def _canonical(self, number: str) -> str:
        found = canonical(number, self._region)
        if not found.lstrip("+").isdigit():
            raise Problem(422, "invalid", "query.number: that is no phone number")
        return found

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        read = partial(Endpoint, method="GET", scope=Scope.DIRECTORY_READ, tag="directory")
        write = partial(Endpoint, scope=Scope.DIRECTORY_WRITE, tag="directory", params=CustomerNumberParams)
        silent = partial(write, result=None, success=204)
        return [
            read(
                path="/managers",
                operation="listManagers",
                narrow=True,
                summary="Who serves customers.",
                handler=self.managers,
                result=Managers,
            ),
            read(
                path="/customers",
                operation="listCustomers",
                narrow=True,
                summary="Customers, by number, with who serves them.",
                handler=self.customers,
                result=CustomerPage,
                params=CustomerListParams,
            ),
            read(
                path="/customers/{number}",
                operation="getCustomer",
                narrow=True,
                summary="One customer, by a number in any spelling.",
                handler=self.customer,
                result=CustomerShape,
                params=CustomerNumberParams,
                refusals=(404,),
            ),
            write(
                method="PUT",
                path="/customers/{number}",
                operation="putCustomer",
                summary="Add or replace one customer: their name, who serves them, whether they may be called.",
                handler=self.put_customer,
                result=CustomerShape,
                body=CustomerBody,
                refusals=(409,),
            ),
            silent(
                method="DELETE",
                path="/customers/{number}",
                operation="deleteCustomer",
                summary="Take one out of the directory; calls stay (see `eraseNumber`).",
                handler=self.forget_customer,
                refusals=(404,),
            ),
            read(
                path="/do-not-call",
                operation="listDoNotCall",
                narrow=True,
                summary="Who does not want to be called.",
                handler=self.not_to_call,
                result=CustomerPage,
                params=CustomerPageParams,
            ),
            silent(
                method="PUT",
                path="/do-not-call/{number}",
                operation="putDoNotCall",
                summary="Never call this number back.",
                handler=self.do_not_call,
            ),
            silent(
                method="DELETE",
                path="/do-not-call/{number}",
                operation="deleteDoNotCall",
                summary="It may be called again.",
                handler=self.may_be_called,
                refusals=(404,),
            ),
        ]
