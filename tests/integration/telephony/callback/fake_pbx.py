"""A PBX of a few lines: it remembers what it was asked for; what phones do is the test's to say."""

import asyncio
from collections.abc import Mapping

from telephony.errors import ActionRefused, PbxUnavailable
from tests.asterisk_words import refused_channel


class FakePbx:
    """Remembers what it was asked for; the test says what phones do."""

    def __init__(self) -> None:
        self.synced = asyncio.Event()
        self.synced.set()
        self.originates: list[Mapping[str, str | list[str]]] = []
        self.channels: dict[str, asyncio.Future[Mapping[str, str]]] = {}
        self.states: dict[str, str] = {}
        self.hung_up: list[str] = []
        self.redirected: list[str] = []
        self.globals: dict[str, str] = {}
        self.database: set[tuple[str, str]] = set()
        self.lose_answers = False

    async def __call__(
        self,
        action: str,
        /,
        headers: Mapping[str, str | list[str]] | None = None,
        *,
        timeout_seconds: float = 5.0,  # noqa: ARG002 - the port's
    ) -> Mapping[str, str]:
        if not self.synced.is_set():
            raise PbxUnavailable("down")
        given = headers or {}
        if action == "Getvar" and "Channel" not in given:
            variable = str(given["Variable"])
            if not variable.startswith("DEVICE_STATE("):
                return {"Value": self.globals.get(variable, "")}
            endpoint = variable.removeprefix("DEVICE_STATE(").removesuffix(")")
            return {"Value": self.states.get(endpoint, "NOT_INUSE")}
        if action == "DBGet":
            if (str(given["Family"]), str(given["Key"])) in self.database:
                return {"Response": "Success", "Message": "Result will follow"}
            raise ActionRefused("Database entry not found")
        channel = str(given["Channel"])
        if channel not in self.channels:
            raise refused_channel(action, channel)
        if action != "Getvar":
            (self.hung_up if action == "Hangup" else self.redirected).append(channel)
        return {"Response": "Success"}

    async def until_event(
        self,
        action: str,
        event: str,
        /,
        headers: Mapping[str, str | list[str]],
        *,
        timeout_seconds: float,  # noqa: ARG002
    ) -> Mapping[str, str]:
        assert (action, event) == ("Originate", "OriginateResponse")
        if not self.synced.is_set():
            raise PbxUnavailable("down")
        self.originates.append(headers)
        future: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()
        self.channels[str(headers["ChannelId"])] = future
        if self.lose_answers:
            raise PbxUnavailable("the link was cut before the answer")
        return await future

    @property
    def rung(self) -> list[str]:
        """Which phones were rung, in order."""
        return [str(headers["Channel"]) for headers in self.originates]
