"""Sends the typed requests, once each; there are no retries.

An `ActionTimedOut` or `PbxUnavailable` of a request that *does* something means "perhaps it was done": look first,
never send it again blindly.
"""

from collections.abc import Mapping

from telephony.pbx.requests import GetVariable, Originate, Originated, OriginateEnd, PbxRequest
from telephony.ports import Actions, EventualActions


async def ask(pbx: Actions, request: PbxRequest, *, timeout_seconds: float = 5.0) -> Mapping[str, str]:
    """Send a request; return its answer's headers.

    Raises:
        NoSuchChannel: its channel is gone, or never was.
        ActionRefused, PbxUnavailable, ActionTimedOut, HostileText: as `telephony.ports.Actions` says.
    """
    return await pbx(request.action, request.headers(), timeout_seconds=timeout_seconds)


async def value_of(pbx: Actions, request: GetVariable, *, timeout_seconds: float = 5.0) -> str:
    """Read a variable or function; empty if it is not set. Raises what `ask` does."""
    return (await ask(pbx, request, timeout_seconds=timeout_seconds)).get("Value", "")


async def ring(pbx: EventualActions, request: Originate, *, timeout_seconds: float) -> Originated:
    """Ring a phone; return when it has answered or will not. Raises what `ask` does."""
    response = await pbx.until_event(
        request.action, "OriginateResponse", request.headers(), timeout_seconds=timeout_seconds
    )
    return Originated(response.get("Response", "").lower() != "failure", OriginateEnd.read(response.get("Reason", "")))
