"""What the simulated Asterisk writes down of its channels, whether or not anybody listens: its CEL file.

The rows, their order and their columns are those that a real Asterisk wrote in tests/transcripts/*.cel with
deploy/asterisk/cel*.conf: a dialled leg is AppDial, an originated one AppDial2; HANGUP tells who hung up and how the
dial ended; LINKEDID_END follows the last channel of a call. An Asterisk that is killed writes no ends.
"""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from io import StringIO
from pathlib import Path

from tests.simulation.channels import Channel


class Cel:
    """See the module; ``path`` None: nothing is written."""

    def __init__(self, path: Path | None, clock: Callable[[], datetime]) -> None:
        self.path = path
        self._clock = clock
        self._living: dict[str, int] = {}
        """How many channels of a linkedid there are."""
        self._life = 0

    def started(self, channel: Channel) -> None:
        """CHAN_START."""
        self._living[channel.linkedid] = self._living.get(channel.linkedid, 0) + 1
        self._write("CHAN_START", channel)

    def answered(self, channel: Channel) -> None:
        """ANSWER."""
        self._write("ANSWER", channel)

    def dials(self, channel: Channel, what: str) -> None:
        """APP_START of Dial()."""
        channel.app, channel.app_args = "Dial", what
        self._write("APP_START", channel)

    def dialled(self, channel: Channel, dialstatus: str) -> None:
        """APP_END of Dial()."""
        channel.dialstatus = dialstatus
        self._write("APP_END", channel)
        channel.app = channel.app_args = ""

    def enters(self, channel: Channel, bridge: str, peer: Channel | None = None) -> None:
        """BRIDGE_ENTER."""
        self._bridge("BRIDGE_ENTER", channel, bridge, peer)

    def leaves(self, channel: Channel, bridge: str, peer: Channel | None = None) -> None:
        """BRIDGE_EXIT."""
        self._bridge("BRIDGE_EXIT", channel, bridge, peer)

    def gone(self, channel: Channel, cause: int) -> None:
        """HANGUP, CHAN_END, and LINKEDID_END if it was the last."""
        told = {"hangupcause": cause, "hangupsource": channel.hung_up_by, "dialstatus": channel.dialstatus}
        self._write("HANGUP", channel, extra=told)
        self._write("CHAN_END", channel)
        self._living[channel.linkedid] -= 1
        if not self._living[channel.linkedid]:
            del self._living[channel.linkedid]
            self._write("LINKEDID_END", channel)

    def killed(self) -> None:
        """Asterisk is: no ends are written."""
        self._living.clear()
        self._life += 1

    def _bridge(self, kind: str, channel: Channel, bridge: str, peer: Channel | None) -> None:
        extra = {"bridge_id": bridge, "bridge_technology": "simple_bridge"}
        self._write(kind, channel, peer=peer.name if peer else "", extra=extra)

    def _write(self, kind: str, of: Channel, *, peer: str = "", extra: Mapping[str, object] | None = None) -> None:
        if self.path is None or of.life != self._life:
            return
        at, line = f"{self._clock().timestamp():.6f}", StringIO()
        told = json.dumps(extra, separators=(",", ":")) if extra else ""
        row = (kind, at, of.caller_name, of.number, of.exten, of.context, of.name, of.app, of.app_args)
        csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
            (*row, of.uniqueid, of.linkedid, peer, told)
        )
        with self.path.open("a") as file:
            file.write(line.getvalue())
