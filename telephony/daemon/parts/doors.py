"""The doors that people and the PBX come in by: what a successor inherits of them, and what we inherited ourselves."""

from collections.abc import Mapping

from telephony.daemon.http_server import HttpServer
from telephony.daemon.succession import Inheritance
from telephony.voice.service import VoiceService


class Doors:
    """The HTTP port and FastAGI's; `telephony.daemon.succession` has the theory."""

    def __init__(self) -> None:
        self.inheritance: Inheritance | None = None
        """What is left to us by who was here before."""
        self._http: HttpServer | None = None
        self._voice: VoiceService | None = None

    async def open_http(self, server: HttpServer) -> None:
        """Listen, where there is one on the socket that we inherited.

        Raises:
            SettingsError: the port is taken, or the address is not ours.
        """
        self._http = server
        await server.open(None if self.inheritance is None else self.inheritance.take("http", server.port))

    async def open_voice(self, voice: VoiceService) -> None:
        """Listen, where there is one on the socket that we inherited.

        Raises:
            NotReady: the port cannot be listened on.
        """
        self._voice = voice
        await voice.start(None if self.inheritance is None else self.inheritance.take("agi", voice.wanted_port))

    def listening(self) -> Mapping[str, int]:
        """Return the descriptors that a successor may inherit, by name."""
        found = {
            "http": self._http.descriptor if self._http is not None else None,
            "agi": self._voice.descriptor if self._voice is not None else None,
        }
        return {name: number for name, number in found.items() if number is not None}

    async def take_no_more(self) -> None:
        """Take no new conversations; return when the last one has ended."""
        if self._voice is not None:
            await self._voice.take_no_more()
