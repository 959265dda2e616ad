"""What whoever asks wants to be told, where and when: as on the page "Notifications"."""

from datetime import time
from functools import partial
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Line, Nothing, Params, RowId
from crm_bridge.api.people.account import somebody
from crm_bridge.api.values.keys import Scope
from crm_bridge.notifications.assembly import Notifications
from crm_bridge.notifications.store import WISHED, NoticeKind, Wishes
from telephony.errors import Refused

TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]
"""In the company's zone."""


class AddressShape(BaseModel):
    """Where somebody is told, without its secrets."""

    address_id: int
    address: str


class NoticesShape(BaseModel):
    """What somebody wants to be told."""

    kinds: list[NoticeKind]
    quiet_from: TimeOfDay | None = Field(description="From then, till `quiet_until`, nothing comes but tests.")
    quiet_until: TimeOfDay | None
    digest_at: TimeOfDay | None = Field(description="When the day's figures come; null: not at all.")
    addresses: list[AddressShape]


class NoticesBody(Body):
    """What somebody wants to be told."""

    kinds: list[NoticeKind] = Field(strict=False, max_length=10, description="As in `GET`: what is named is told.")
    quiet_from: TimeOfDay | None = None
    quiet_until: TimeOfDay | None = Field(None, description="May be on the next day; both of them or none.")
    digest_at: TimeOfDay | None = None

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours have a begin and an end")
        if strange := set(self.kinds) - set(WISHED):
            raise ValueError(f"not a matter of choice: {', '.join(sorted(strange))}")
        return self


class AddressBody(Body):
    """A new address."""

    address: Line = Field(min_length=1, max_length=2000, description="Apprise's URL; it is a secret, and never shown.")


class AddressParams(Params):
    """Which address."""

    address_id: RowId


class TestShape(BaseModel):
    """A test is on its way."""

    addresses: int = Field(description="To so many of one's addresses; 0: there is none.")


class NoticeHandlers:
    """The operations."""

    def __init__(self, notifications: Notifications | None) -> None:
        self._opened = notifications

    @property
    def _notifications(self) -> Notifications:
        if self._opened is None:
            raise Refused("nobody is told anything by this daemon")
        return self._opened

    async def show(self, asked: Asked[Nothing]) -> NoticesShape:
        """Show one's own."""
        store, user_id = self._notifications.store, somebody(asked).user_id
        wishes = await store.wishes(user_id)
        addresses = await self._notifications.sender.masked(await store.addresses(user_id))
        return NoticesShape(
            kinds=sorted(wishes.kinds),
            quiet_from=_written(wishes.quiet_from),
            quiet_until=_written(wishes.quiet_until),
            digest_at=_written(wishes.digest_at),
            addresses=[AddressShape(address_id=number, address=text) for number, text in addresses],
        )

    async def put(self, asked: Asked[Nothing]) -> NoticesShape:
        """Keep what is wished."""
        body: NoticesBody = asked.body
        wishes = Wishes(frozenset(body.kinds), _read(body.quiet_from), _read(body.quiet_until), _read(body.digest_at))
        await self._notifications.store.wish(somebody(asked).user_id, wishes)
        return await self.show(asked)

    async def add(self, asked: Asked[Nothing]) -> NoticesShape:
        """Add an address."""
        user_id = somebody(asked).user_id
        await self._notifications.sender.check(asked.body.address)
        await self._notifications.store.add(user_id, asked.body.address)
        return await self.show(asked)

    async def drop(self, asked: Asked[AddressParams]) -> None:
        """Take one out."""
        await self._notifications.store.drop(somebody(asked).user_id, asked.params.address_id)

    async def test(self, asked: Asked[Nothing]) -> TestShape:
        """Have a test sent to each."""
        user_id = somebody(asked).user_id
        addresses = await self._notifications.store.addresses(user_id)
        sent = bool(addresses) and await self._notifications.store.test(user_id)
        return TestShape(addresses=len(addresses) if sent else 0)

    def endpoints(self) -> list[Endpoint]:
        """Return them."""
        own = partial(Endpoint, scope=Scope.ACCOUNT, tag="people", narrow=True)
        return [
            own(
                method="GET",
                path="/me/notifications",
                operation="getMyNotifications",
                summary="What one wants to be told, where and when not.",
                handler=self.show,
                result=NoticesShape,
            ),
            own(
                method="PUT",
                path="/me/notifications",
                operation="putMyNotifications",
                summary="Say what one wants to be told, and when not.",
                handler=self.put,
                body=NoticesBody,
                result=NoticesShape,
            ),
            own(
                method="POST",
                path="/me/notifications/addresses",
                operation="addMyAddress",
                summary="Add an address of Apprise: Telegram, e-mail, Slack and others.",
                handler=self.add,
                body=AddressBody,
                result=NoticesShape,
                success=201,
                refusals=(409,),
            ),
            own(
                method="DELETE",
                path="/me/notifications/addresses/{address_id}",
                operation="dropMyAddress",
                summary="Take an address out.",
                handler=self.drop,
                params=AddressParams,
                result=None,
                success=204,
                refusals=(404,),
            ),
            own(
                method="POST",
                path="/me/notifications/test",
                operation="testMyNotifications",
                summary="Have a test sent to each of one's addresses, also in quiet hours.",
                handler=self.test,
                result=TestShape,
                success=202,
            ),
        ]


def _read(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _written(at: time | None) -> str | None:
    return at.strftime("%H:%M") if at is not None else None
