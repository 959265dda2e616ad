"""Links of wall screens: made, listed, revoked."""

from datetime import datetime
from functools import partial
from typing import Literal

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Line, Nothing, Params, RowId
from crm_bridge.api.values.keys import Scope
from crm_bridge.people.deeds import ABOUT
from crm_bridge.people.walls import WallStore
from crm_bridge.schemas import Shape
from crm_bridge.web import PREFIX

WallLanguage = Literal["", "ru", "uk", "en"]


class WallShape(Shape):
    """A wall screen's link, without the link."""

    wall_id: int
    name: str
    whole: bool = Field(description="Customers' numbers are shown whole; else their last two digits.")
    made_by: str
    made_at: datetime
    seen_at: datetime | None = Field(description="When the screen was last on; to the minute.")
    revoked_at: datetime | None
    language: WallLanguage = Field(description="Of the screen; empty: whatever its browser wishes.")


class WallList(BaseModel):
    """Newest first; at most 200."""

    walls: list[WallShape]


class WallBody(Body):
    """A new one."""

    name: Line = Field(min_length=1, max_length=64, description="Where the screen hangs.")
    whole: bool = False
    language: WallLanguage = Field("", description="Of the screen; empty: whatever its browser wishes.")


class WallLink(BaseModel):
    """It is shown this once."""

    wall_id: int
    link: str = Field(description="A path on this server.")


class WallParams(Params):
    """Which."""

    wall_id: RowId


class WallHandlers:
    """The operations."""

    def __init__(self, walls: WallStore) -> None:
        self._walls = walls

    async def page(self, asked: Asked[Nothing]) -> WallList:
        """List them."""
        del asked
        return WallList(walls=[WallShape.model_validate(wall) for wall in await self._walls.all()])

    async def make(self, asked: Asked[Nothing]) -> WallLink:
        """Make one."""
        body: WallBody = asked.body
        number, token = await self._walls.make(body.name, asked.by, whole=body.whole, language=body.language)
        asked.raw[ABOUT] = body.name
        return WallLink(wall_id=number, link=f"{PREFIX}/wall/{token}")

    async def revoke(self, asked: Asked[WallParams]) -> None:
        """End one."""
        await self._walls.revoke(asked.params.wall_id)

    def endpoints(self) -> list[Endpoint]:
        """Return them."""
        of_all = partial(Endpoint, scope=Scope.USERS, tag="people")
        return [
            of_all(
                method="GET",
                path="/walls",
                operation="listWalls",
                summary="Wall screens that show the company's figures without anybody signed in.",
                handler=self.page,
                result=WallList,
            ),
            of_all(
                method="POST",
                path="/walls",
                operation="createWall",
                summary="Make a link for a wall screen: one page that changes nothing.",
                handler=self.make,
                body=WallBody,
                result=WallLink,
                success=201,
            ),
            of_all(
                method="DELETE",
                path="/walls/{wall_id}",
                operation="revokeWall",
                summary="End a link; the screen is out within ten seconds.",
                handler=self.revoke,
                params=WallParams,
                result=None,
                success=204,
                refusals=(404,),
            ),
        ]
