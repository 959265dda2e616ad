"""Lists of calls that whoever asks keeps under a name."""

from functools import partial

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Line, Nothing, Params, RowId
from crm_bridge.api.people.account import somebody
from crm_bridge.api.problems import Problem
from crm_bridge.api.values.keys import Scope
from crm_bridge.people.saved_views import LONGEST_NAME, LONGEST_QUERY, SavedViews
from crm_bridge.schemas import Shape


class SavedViewShape(Shape):
    """A list of calls under a name."""

    view_id: int
    name: str
    query: str = Field(description="The filters, as in the address of `/console/calls`.")
    shared: bool = Field(description="Everybody finds it; each sees their own rows in it.")
    own: bool
    by_whom: str


class SavedViewList(BaseModel):
    """One's own first."""

    views: list[SavedViewShape]


class SavedViewBody(Body):
    """A view to be kept; the same name is written over."""

    name: Line = Field(min_length=1, max_length=LONGEST_NAME)
    query: Line = Field(min_length=1, max_length=LONGEST_QUERY, description="`disposition=missed&period=7d`")
    shared: bool = Field(default=False, description="Heads and administrators may share.")


class SavedViewParams(Params):
    """Which view."""

    view_id: RowId


class SavedViewHandlers:
    """The operations."""

    def __init__(self, views: SavedViews) -> None:
        self._views = views

    async def page(self, asked: Asked[Nothing]) -> SavedViewList:
        """List them."""
        found = await self._views.of(somebody(asked).user_id)
        return SavedViewList(views=[SavedViewShape.model_validate(view) for view in found])

    async def save(self, asked: Asked[Nothing]) -> SavedViewList:
        """Keep one."""
        body: SavedViewBody = asked.body
        if body.shared and not asked.access.everything:
            raise Problem(403, "not-for-managers", "heads of sales and administrators share views")
        await self._views.save(somebody(asked).user_id, body.name, body.query, shared=body.shared)
        return await self.page(asked)

    async def drop(self, asked: Asked[SavedViewParams]) -> None:
        """Take one out."""
        await self._views.drop(somebody(asked).user_id, asked.params.view_id)

    def endpoints(self) -> list[Endpoint]:
        """Return them."""
        own = partial(Endpoint, scope=Scope.ACCOUNT, tag="people", narrow=True)
        return [
            own(
                method="GET",
                path="/me/views",
                operation="listMyViews",
                summary="Lists of calls that one keeps under a name, and those that are everybody's.",
                handler=self.page,
                result=SavedViewList,
            ),
            own(
                method="POST",
                path="/me/views",
                operation="saveMyView",
                summary="Keep a list of calls under a name.",
                handler=self.save,
                body=SavedViewBody,
                result=SavedViewList,
                success=201,
                refusals=(409,),
            ),
            own(
                method="DELETE",
                path="/me/views/{view_id}",
                operation="dropMyView",
                summary="Take a view of one's own out.",
                handler=self.drop,
                params=SavedViewParams,
                result=None,
                success=204,
                refusals=(404,),
            ),
        ]
