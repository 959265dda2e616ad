"""What the demo's webhook receiver asks the API for, as a company's own server would: with a key that may only read."""

from typing import Any

import aiohttp

from deploy.demo.deliveries import AlarmTold, CallbackTold, CallTold, Delivery, RecordingsTold
from deploy.demo.inbox import Looked

_A_WEEK = 7 * 24 * 3600
_NOT_FOUND = 404


class ApiReader:
    """Asks one daemon.

    Args:
        http: whose time-out is the longest wait.
        url: of the daemon's HTTP port.
        key: an API key with ``directory:read`` and ``recordings:read``.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str) -> None:
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}
        self._names: dict[str, str] = {}

    async def look_up(self, delivery: Delivery) -> Looked:
        """Ask for what the delivery does not hold.

        Raises:
            aiohttp.ClientError, TimeoutError: the API does not answer, or says no.
        """
        match delivery.told:
            case CallTold(customer=number) if number:
                customer = await self._asked("GET", f"/customers/{number}")
                return Looked(owner=await self._name((customer or {}).get("manager_id")))
            case CallbackTold(owner=owner):
                return Looked(owner=await self._name(owner))
            case RecordingsTold() as ready:
                return Looked(link=await self._link(ready.longest.recording_id))
            case CallTold() | AlarmTold() | None:
                return Looked()

    async def _name(self, manager_id: str | None) -> str:
        if not manager_id:
            return ""
        if manager_id not in self._names:
            answer = await self._asked("GET", "/managers") or {}
            self._names = {one["manager_id"]: one["name"] for one in answer["managers"]}
        return self._names.get(manager_id, manager_id)

    async def _link(self, recording_id: int) -> str:
        made = await self._asked("POST", f"/recordings/{recording_id}/links", {"seconds": _A_WEEK})
        return f"{self._url}{made['url']}" if made else ""

    async def _asked(self, method: str, path: str, body: object = None) -> dict[str, Any] | None:
        """Return the answer; None if there is no such thing."""
        url = f"{self._url}/api/v1{path}"
        async with self._http.request(method, url, json=body, headers=self._headers) as response:
            if response.status == _NOT_FOUND:
                return None
            response.raise_for_status()
            answer: dict[str, Any] = await response.json()
            return answer
