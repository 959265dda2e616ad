"""Click-to-call."""

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Line, Nothing, Number
from crm_bridge.api.first_answers import HEADER
from crm_bridge.api.ports import Dialler
from crm_bridge.api.problems import Problem
from crm_bridge.api.values.keys import Scope
from crm_bridge.people.deeds import ABOUT


class DialBody(Body):
    """Who calls whom."""

    manager: Line = Field(min_length=1, max_length=64, description="A manager's extension, or id of the directory.")
    number: Number = Field(description="Whom to call, in any spelling.")


class Dialled(BaseModel):
    """The call to come."""

    call_id: str = Field(description="Its id in the log, as soon as the manager's phone rings.")


def endpoints(dialler: Dialler, once: Dialler) -> list[Endpoint]:
    """Make the one operation; ``once`` dials for whoever does not name the request."""

    async def dial(asked: Asked[Nothing]) -> Dialled:
        if not asked.access.is_theirs(asked.body.manager):
            raise Problem(403, "not-yours", "you may ring your own phone only")
        chosen = dialler if HEADER in asked.raw.headers else once
        call_id = await chosen.dial(asked.body.manager, asked.body.number, asked.by)
        asked.raw[ABOUT] = call_id
        return Dialled(call_id=call_id)

    return [
        Endpoint(
            method="POST",
            path="/dial",
            operation="dial",
            narrow=True,
            summary="Ring a manager's phone and, when it is answered, dial the number; answers at once. "
            "The same again within 5 seconds, unless it is named otherwise, is the same call.",
            handler=dial,
            result=Dialled,
            body=DialBody,
            success=202,
            scope=Scope.DIAL,
            tag="calls",
            refusals=(404, 409),
        )
    ]
