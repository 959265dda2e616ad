"""Plays AMI events written in shorthand through the parser, the decoder and the tracker."""

from telephony.ami.protocol.messages import Decoder
from telephony.ami.protocol.parser import AmiMessage, Parser
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.events import CallEnded, CallEvent, CallMerged
from telephony.model import Call, PbxName


class Stage:
    """One PBX whose events a test tells line by line: ``12.5 Newchannel Channel=SIP/101-1 Uniqueid=100.1``.

    The leading number is the time in seconds; blanks in values are written ``_``.
    """

    def __init__(self, *trunks: str, contexts: tuple[str, ...] = ()) -> None:
        self.tracker = Tracker(PbxName("test"), TrunkRules(trunks, contexts))
        self.told: list[CallEvent] = []
        self._parser = Parser()
        self._decoder = Decoder()

    def play(self, text: str) -> list[CallEvent]:
        """Play these lines; return what they did to calls."""
        told: list[CallEvent] = []
        for line in filter(None, map(str.strip, text.splitlines())):
            for message in self._parser.feed(_packet(line)):
                assert isinstance(message, AmiMessage), message
                event = self._decoder.decode(message)
                if event is not None:
                    told += self.tracker.receive(event)
        self.told += told
        return told

    def calls(self) -> list[Call]:
        """All calls so far: ended ones, then those in progress."""
        ended = [event.call for event in self.told if isinstance(event, CallEnded)]
        absorbed = {event.absorbed for event in self.told if isinstance(event, CallMerged)}
        assert not absorbed & {call.call_id for call in ended}, "an absorbed call ended on its own"
        return ended + self.tracker.calls_in_progress()

    def one(self) -> Call:
        """The only call there was."""
        (call,) = self.calls()
        return call


def _packet(line: str) -> bytes:
    at, name, *pairs = line.split()
    lines = [f"Event: {name}", f"Timestamp: {1_700_000_000 + float(at):.6f}"]
    for pair in pairs:
        key, _, value = pair.partition("=")
        lines.append(f"{key}: {value.replace('_', ' ')}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
