"""One leg of a call as the world has it: what a telephone does, and what it received.

A script (see `deploy.lab.telephones.scripts`) drives a leg: ``await leg.ring(1)``, ``await leg.answer()`` and so on.
When the other side hangs up, the script is ended there; that is normal.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from urllib.parse import quote

from deploy.lab.ami import Headers
from deploy.lab.errors import LabError
from deploy.lab.telephones.agi import AgiChannel


class Refusal(IntEnum):
    """How a telephone, or the network in its place, refuses a call: the SIP response."""

    NOT_FOUND = 404
    BUSY = 486
    UNAVAILABLE = 503
    DECLINED = 603


_CAUSES = {Refusal.NOT_FOUND: 1, Refusal.BUSY: 17, Refusal.UNAVAILABLE: 42, Refusal.DECLINED: 21}
"""Causes that become these responses, DECLINED nearly so (403)."""
_ASKS_EACH = 2.0
"""Seconds after which who waits for a hang-up asks whether it has been."""


def now() -> datetime:
    """Return the time as everybody here counts it."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Trace:
    """What `world`'s Asterisk told about one of its channels."""

    uniqueid: str
    channel: str = ""
    ringing: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    started_at: datetime | None = None
    key: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at each key that the other side presses."""
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int | None = None
    """Q.850 cause of the hang-up."""
    digits: str = ""
    """DTMF that came from the other side."""
    shown: list[tuple[str, str]] = field(default_factory=list)
    """Number and name on the display, each time they changed."""
    holds: int = 0
    """How often the other side put this leg on hold."""

    def hear(self, event: Headers) -> None:
        """Take in one AMI event of this channel."""
        match event["Event"]:
            case "Newchannel" | "Rename":
                self.started_at = self.started_at or now()
                self.channel = event.get("Newname") or event.get("Channel", self.channel)
            case "Newstate":
                self._state(event.get("ChannelState", ""))
            case "DTMFEnd" if event.get("Direction") == "Received":
                self.digits += event.get("Digit", "")
                self.key.set()
            case "NewConnectedLine":
                self._show(event.get("ConnectedLineNum", ""), event.get("ConnectedLineName", ""))
            case "Hold":
                self.holds += 1
            case "Hangup":
                self.cause = int(event.get("Cause") or 0)
                self.ended_at = now()
                self.ended.set()

    def _state(self, state: str) -> None:
        if state in {"4", "5"} and not self.ringing.is_set():
            self.rang_at = self.rang_at or now()
            self.ringing.set()
        elif state == "6" and not self.answered.is_set():
            self.answered_at = now()
            self.answered.set()

    def _show(self, number: str, name: str) -> None:
        shown = (number.replace("<unknown>", ""), name.replace("<unknown>", ""))
        if any(shown) and (not self.shown or self.shown[-1] != shown):
            self.shown.append(shown)


class Leg:
    """One party's part in a call. ``number`` is whose telephone this is; ``other`` whom it called or who called it."""

    def __init__(self, number: str, other: str, trace: Trace, folder: Path) -> None:
        self.number = number
        self.other = other
        self.trace = trace
        self.hung_up_by_us = False
        self.said: Path | None = None
        """What this party said, as a WAV file, once answered."""
        self.heard: Path | None = None
        """What this party heard."""
        self.headers: dict[str, str] = {}
        """SIP headers of the call that came in, as far as they were there: see `SIP_HEADERS`."""
        self.failure: BaseException | None = None
        """What went wrong in the script itself, if anything did."""
        self._folder = folder
        self._agi: AgiChannel | None = None
        self._taken = asyncio.Event()

    @property
    def shown(self) -> tuple[str, str]:
        """Number and name that the display showed first; both empty for a hidden caller."""
        return self.trace.shown[0] if self.trace.shown else ("", "")

    @property
    def digits(self) -> str:
        """Keys that the other side pressed, as heard here."""
        return self.trace.digits

    def take(self, agi: AgiChannel) -> None:
        """Let scripts command the channel; called by `deploy.lab.world`."""
        self._agi = agi
        self._taken.set()

    async def in_hand(self) -> None:
        """Return when the leg can be commanded: at once for a call received, after the answer for a call made."""
        await self._taken.wait()

    @property
    def agi(self) -> AgiChannel:
        """The channel's commands.

        Raises:
            LabError: the call was made by us and not yet answered.
        """
        if self._agi is None:
            raise LabError(f"{self.number} -> {self.other}: nobody has answered yet")
        return self._agi

    @property
    def tone(self) -> int:
        """The voice of this party: a frequency in Hz that belongs to its number alone (nearly)."""
        return 350 + 10 * (sum(map(int, filter(str.isdigit, self.number))) % 7) + 90 * (int(self.number[-1:]) % 10)

    # --- before the answer -------------------------------------------------------------------------------------------
    async def ring(self, seconds: float = 1.0) -> None:
        """Let the telephone ring (180) for a while."""
        self.trace.rang_at = self.trace.rang_at or now()
        self.trace.ringing.set()
        await self.agi.execute("Ringing")
        await asyncio.sleep(seconds)

    async def answer(self, *, record: bool = True) -> None:
        """Pick up; from now on what is heard and said is written to files unless ``record`` is false."""
        await self.agi.run("ANSWER")
        self.trace.answered_at = self.trace.answered_at or now()
        if record:
            await self.start_recording()

    async def start_recording(self) -> None:
        """Write what is heard and what is said to two files."""
        stem = self._folder / f"{self.number.lstrip('+')}-{self.trace.uniqueid}"
        self.heard, self.said = stem.with_name(f"{stem.name}-heard.wav"), stem.with_name(f"{stem.name}-said.wav")
        await self.agi.execute("MixMonitor", f"{stem}.wav,r({self.heard})t({self.said})")

    async def refuse(self, how: Refusal) -> None:
        """Do not take the call."""
        self.hung_up_by_us = True
        if (await self.agi.execute("PJSIPHangup", str(how.value))).result == "-2":  # an Asterisk that has no such word
            await self.leave(_CAUSES[how])

    async def leave(self, cause: int) -> None:
        """Let the network end the call with a Q.850 cause when the script ends."""
        await self.agi.run(f'SET VARIABLE OUTCOME "{cause}"')

    async def redirect(self, to: str) -> None:
        """Send the call elsewhere (302)."""
        self.hung_up_by_us = True
        await self.agi.execute("Transfer", f"PJSIP/sip:{quote(to, safe='*+')}@{await self.far_end()}")

    # --- in the call -------------------------------------------------------------------------------------------------
    async def talk(self, seconds: float | None = None) -> None:
        """Say something, for a while or until somebody hangs up."""
        await self.agi.execute("PlayTones", f"{self.tone}/400,0/100")
        await self._pass(seconds)
        await self.agi.execute("StopPlayTones")

    async def listen(self, seconds: float | None = None) -> None:
        """Say nothing, for a while or until somebody hangs up."""
        await self._pass(seconds)

    async def _pass(self, seconds: float | None) -> None:
        if seconds is not None:
            await asyncio.sleep(seconds)
            return
        while not self.agi.gone.is_set():
            try:
                await asyncio.wait_for(self.agi.gone.wait(), _ASKS_EACH)
            except TimeoutError:
                # A hang-up that came while a command ran may go unsaid: then the channel would stay for ever.
                if await self.agi.is_dead():
                    return

    async def play(self, file: Path) -> None:
        """Say what is in a WAV file (8 kHz, mono, 16 bit)."""
        await self.agi.execute("Playback", str(file.with_suffix("")))

    async def press(self, keys: str, pause: float = 0.08) -> None:
        """Press keys: ``0-9*#``, ``w`` waits half a second."""
        await self.agi.execute("SendDTMF", f"{keys},{int(pause * 1000)},100")

    async def keys_heard(self, keys: str) -> None:
        """Return when the other side has pressed ``keys`` (as the end of all that was pressed)."""
        while not self.trace.digits.endswith(keys):
            self.trace.key.clear()
            await self.trace.key.wait()

    async def hold(self, seconds: float) -> None:
        """Put the other side on hold by re-INVITE, and take it back after a while."""
        await self.agi.execute("BridgeWait", f"hold-{self.trace.uniqueid},participant,e(h)S({seconds:g})")

    async def transfer(self, to: str) -> str:
        """Hand the call over without asking (REFER); return ``SUCCESS`` or what the PBX made of it."""
        return await self.refer(f"sip:{quote(to, safe='*+')}@{await self.far_end()}")

    async def refer(self, uri: str) -> str:
        """Send the other side to ``uri`` (REFER); return what the PBX made of it."""
        await self.agi.execute("Transfer", f"PJSIP/{uri}")
        return await self.agi.variable("${TRANSFERSTATUS}")

    async def far_end(self) -> str:
        """Return the address of the other side, ``host:port``."""
        address = await self.agi.variable("${CHANNEL(pjsip,remote_addr)}")
        return address or "127.0.0.1"

    async def hangup(self) -> None:
        """Put the receiver down."""
        self.hung_up_by_us = True
        await self.agi.run("HANGUP")

    async def gone(self) -> None:
        """Return when the call is over, whoever ended it."""
        await self.trace.ended.wait()
