"""What happens on a PBX, as the AMI of each Asterisk words it."""

from dataclasses import dataclass

from telephony.ami.protocol.parser import AmiMessage

FIRST_WITH_BRIDGES = 12
FIRST_WITH_SUBEVENTS = 6
STATES = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}
VERSIONS = (4, 11, 13, 16, 18, 20, 22)
"""4 stands for 1.4."""


@dataclass(eq=False)
class Channel:
    """One channel as the PBX knows it."""

    name: str
    uniqueid: str
    linkedid: str
    number: str = ""
    context: str = ""
    exten: str = ""
    state: int = 0


class Words:
    """The words of one version."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.modern = version >= FIRST_WITH_BRIDGES

    def born(self, channel: Channel) -> list[AmiMessage]:
        """A channel was made; Asterisk 1.4 tells what it asks for by the dialplan's steps only."""
        if self.version >= FIRST_WITH_SUBEVENTS:
            return [self._of(channel, "Newchannel")]
        told = [_message("Newchannel", {**self._old(channel), "state": STATES[channel.state]})]
        if channel.exten:
            where = {"context": channel.context, "extension": channel.exten, "application": "NoOp"}
            told.append(_message("Newexten", {**self._named(channel), **where}))
        return told

    def state(self, channel: Channel, state: int) -> list[AmiMessage]:
        """It rings, or is up."""
        channel.state = state
        if self.version >= FIRST_WITH_SUBEVENTS:
            return [self._of(channel, "Newstate")]
        return [_message("Newstate", {**self._old(channel), "state": STATES[state]})]

    def dials(self, caller: Channel | None, target: Channel, dialstring: str = "") -> list[AmiMessage]:
        """The PBX rings ``target`` for ``caller``."""
        if self.modern:
            headers = {**(self._full(caller) if caller else {}), **self._full(target, "dest"), "dialstring": dialstring}
            return [_message("DialBegin", headers)]
        if caller is None:
            return []
        pair = {"destination": target.name, "destuniqueid": target.uniqueid}
        if self.version >= FIRST_WITH_SUBEVENTS:
            named = {"subevent": "Begin", "channel": caller.name, "uniqueid": caller.uniqueid, "dialstring": dialstring}
            return [_message("Dial", {**named, **pair})]
        return [_message("Dial", {"source": caller.name, "srcuniqueid": caller.uniqueid, **pair})]

    def queue_dials(self, caller: Channel, target: Channel, queue: str) -> list[AmiMessage]:
        """A queue rings a member."""
        if self.modern:
            told = {**self._full(caller), **self._full(target, "dest"), "queue": queue}
            return [_message("AgentCalled", told), *self.dials(caller, target, target.name.rpartition("-")[0])]
        headers = {"queue": queue, "agentcalled": target.name.rpartition("-")[0], "channelcalling": caller.name}
        if self.version >= FIRST_WITH_SUBEVENTS:
            headers |= {"destinationchannel": target.name, "uniqueid": caller.uniqueid}
        return [_message("AgentCalled", headers)]

    def dial_ends(self, caller: Channel | None, target: Channel, dialstatus: str) -> list[AmiMessage]:
        """One phone's dial is over; the old ones tell the dialler's alone."""
        if not self.modern:
            return []
        headers = {**(self._full(caller) if caller else {}), **self._full(target, "dest"), "dialstatus": dialstatus}
        return [_message("DialEnd", headers)]

    def all_dials_end(self, caller: Channel, dialstatus: str) -> list[AmiMessage]:
        """The dialplan's Dial is over."""
        if self.modern or self.version < FIRST_WITH_SUBEVENTS:
            return []
        told = {"subevent": "End", "channel": caller.name, "uniqueid": caller.uniqueid, "dialstatus": dialstatus}
        return [_message("Dial", told)]

    def enters(self, channel: Channel, bridge: str) -> list[AmiMessage]:
        """A channel is in a bridge; the old ones tell it by `links`."""
        return [_message("BridgeEnter", {**self._bridge(bridge), **self._full(channel)})] if self.modern else []

    def leaves(self, channel: Channel, bridge: str) -> list[AmiMessage]:
        """A channel is out of it."""
        return [_message("BridgeLeave", {**self._bridge(bridge), **self._full(channel)})] if self.modern else []

    def links(self, one: Channel, other: Channel) -> list[AmiMessage]:
        """Two are connected, for the Asterisks without bridges."""
        return [] if self.modern else [self._pair("Bridge", "Link", one, other)]

    def unlinks(self, one: Channel, other: Channel) -> list[AmiMessage]:
        """They are no longer."""
        return [] if self.modern else [self._pair("Unlink", "Unlink", one, other)]

    def joins_queue(self, channel: Channel, queue: str) -> list[AmiMessage]:
        """A caller waits."""
        name = "QueueCallerJoin" if self.modern else "Join"
        return [_message(name, {**self._who(channel), "queue": queue})]

    def leaves_queue(self, channel: Channel, queue: str, *, gave_up: bool) -> list[AmiMessage]:
        """A caller waits no longer."""
        who = self._full(channel) if self.modern else {"uniqueid": channel.uniqueid}
        told = [_message("QueueCallerAbandon", {**who, "queue": queue})] if gave_up else []
        return [*told, _message("QueueCallerLeave" if self.modern else "Leave", {**self._who(channel), "queue": queue})]

    def wants_to_end(self, channel: Channel) -> list[AmiMessage]:
        """The phone itself hangs up; the old ones do not say so."""
        return [self._of(channel, "HangupRequest")] if self.modern else []

    def hangs_up(self, channel: Channel, cause: int) -> list[AmiMessage]:
        """A channel is gone."""
        return [_message("Hangup", {**self._who(channel), "uniqueid": channel.uniqueid, "cause": str(cause)})]

    def blind(self, transferer: Channel, transferee: Channel, exten: str) -> list[AmiMessage]:
        """A phone sends its peer elsewhere."""
        if self.modern:
            who = {**self._full(transferer, "transferer"), **self._full(transferee, "transferee")}
            return [_message("BlindTransfer", {"result": "Success", "extension": exten, "context": "x", **who})]
        told = {"transfermethod": "SIP", "transfertype": "Blind", "transferexten": exten, "transfercontext": "x"}
        target = {"targetchannel": transferee.name, "targetuniqueid": transferee.uniqueid}
        return [_message("Transfer", {**self._named(transferer), **told, **target})]

    def renames(self, old: str, new: str, uniqueid: str) -> list[AmiMessage]:
        """A masquerade's step (11 and older); 1.4 calls the old name so."""
        key = "channel" if self.version >= FIRST_WITH_SUBEVENTS else "oldname"
        return [_message("Rename", {key: old, "newname": new, "uniqueid": uniqueid})]

    def refers(self, first: Channel, second: Channel) -> list[AmiMessage]:
        """A phone joins its two calls by REFER (11)."""
        told = {"transfermethod": "SIP", "transfertype": "Attended"}
        target = {"targetchannel": second.name, "targetuniqueid": second.uniqueid}
        return [_message("Transfer", {**self._named(first), **told, **target})]

    def enters_room(self, channel: Channel, number: str) -> list[AmiMessage]:
        """Somebody comes into a conference: a MeetMe before 12."""
        if self.modern:
            return self.enters(channel, f"room{number}")
        return [_message("MeetmeJoin", {**self._named(channel), "meetme": number, "usernum": "1"})]

    def leaves_room(self, channel: Channel, number: str) -> list[AmiMessage]:
        """Somebody leaves it."""
        if self.modern:
            return self.leaves(channel, f"room{number}")
        return [_message("MeetmeLeave", {**self._named(channel), "meetme": number, "usernum": "1"})]

    def attended(self, first: Channel, second: Channel, transferee: Channel, target: Channel) -> list[AmiMessage]:
        """A phone joins its two calls (12 and later)."""
        parts = {
            **self._full(first, "origtransferer"), **self._full(second, "secondtransferer"),
            **self._full(transferee, "transferee"), **self._full(target, "transfertarget"),
        }  # fmt: skip
        return [_message("AttendedTransfer", {"result": "Success", "desttype": "Bridge", **parts})]

    def blonde(self, first: Channel, second: Channel, transferee: Channel) -> list[AmiMessage]:
        """A phone sends its first call after its second, which still rings (12 and later)."""
        parts = {
            **self._full(first, "origtransferer"), **self._full(second, "secondtransferer"),
            **self._full(transferee, "transferee"),
        }  # fmt: skip
        return [_message("AttendedTransfer", {"result": "Success", "desttype": "App", "destapp": "Dial", **parts})]

    def local_bridge(self, first: Channel, second: Channel) -> list[AmiMessage]:
        """Two halves belong together (12 and later)."""
        return [_message("LocalBridge", {**self._full(first, "localone"), **self._full(second, "localtwo")})]

    def picks_up(self, picker: Channel, target: Channel) -> list[AmiMessage]:
        """A phone takes what rings at another: 11 tells two names, 1.4 nothing."""
        if self.modern:
            return [_message("Pickup", {**self._full(picker), **self._full(target, "target")})]
        if self.version < FIRST_WITH_SUBEVENTS:
            return []
        return [_message("Pickup", {"channel": picker.name, "targetchannel": target.name})]

    def parks(self, parkee: Channel, parker: Channel) -> list[AmiMessage]:
        """A channel waits in a parking lot."""
        if not self.modern:
            return [
                _message("ParkedCall", {"exten": "701", "from": parker.name, "timeout": "45", **self._lies(parkee)})
            ]
        by = parker.name.rpartition("-")[0]
        return [_message("ParkedCall", {**self._full(parkee, "parkee"), "parkerdialstring": by, "parkingspace": "701"})]

    def unparks(self, parkee: Channel, retriever: Channel) -> list[AmiMessage]:
        """Somebody fetches it."""
        if not self.modern:
            return [_message("UnParkedCall", {"exten": "701", "from": retriever.name, **self._lies(parkee)})]
        return [_message("UnParkedCall", {**self._full(parkee, "parkee"), **self._full(retriever, "retriever")})]

    def parked_too_long(self, parkee: Channel) -> list[AmiMessage]:
        """Nobody fetched it: it goes back into the dialplan."""
        who = self._full(parkee, "parkee") if self.modern else {"exten": "701", **self._lies(parkee)}
        return [_message("ParkedCallTimeOut", who)]

    def gives_up_parked(self, parkee: Channel) -> list[AmiMessage]:
        """Who waits in the parking lot hangs up."""
        who = self._full(parkee, "parkee") if self.modern else {"exten": "701", **self._lies(parkee)}
        return [_message("ParkedCallGiveUp", who)]

    def _lies(self, parkee: Channel) -> dict[str, str]:
        """A parked channel, as 11 and 1.4 name it: 1.4 by its name alone."""
        if self.version < FIRST_WITH_SUBEVENTS:
            return {"channel": parkee.name, "callerid": parkee.number, "calleridname": "<unknown>"}
        lot = {"parkinglot": "default", "connectedlinenum": "<unknown>", "connectedlinename": "<unknown>"}
        return {**self._named(parkee), **lot, "calleridnum": parkee.number, "calleridname": "<unknown>"}

    def _of(self, channel: Channel, name: str) -> AmiMessage:
        return _message(name, self._full(channel))

    def _full(self, channel: Channel, prefix: str = "") -> dict[str, str]:
        """All ten headers of a channel; before 12 there is no linkedid."""
        said = {
            "channel": channel.name, "channelstate": str(channel.state), "calleridnum": channel.number,
            "calleridname": "", "connectedlinenum": "", "connectedlinename": "", "context": channel.context,
            "exten": channel.exten, "uniqueid": channel.uniqueid,
        }  # fmt: skip
        if self.modern:
            said["linkedid"] = channel.linkedid
        return {prefix + key: value for key, value in said.items()}

    def _who(self, channel: Channel) -> dict[str, str]:
        if self.modern:
            return self._full(channel)
        told = {"channel": channel.name, "calleridnum": channel.number}
        return told if self.version < FIRST_WITH_SUBEVENTS else {**told, "uniqueid": channel.uniqueid}

    def _named(self, channel: Channel) -> dict[str, str]:
        return {"channel": channel.name, "uniqueid": channel.uniqueid}

    def _old(self, channel: Channel) -> dict[str, str]:
        return {**self._named(channel), "callerid": channel.number, "calleridname": "<unknown>"}

    def _bridge(self, bridge: str) -> dict[str, str]:
        return {"bridgeuniqueid": bridge, "bridgetype": "basic", "bridgetechnology": "simple_bridge"}

    def _pair(self, name: str, state: str, one: Channel, other: Channel) -> AmiMessage:
        pair = {"channel1": one.name, "channel2": other.name, "uniqueid1": one.uniqueid, "uniqueid2": other.uniqueid}
        if self.version < FIRST_WITH_SUBEVENTS:
            return _message(state, pair)
        return _message(name, {"bridgestate": state, **pair})


def _message(name: str, headers: dict[str, str]) -> AmiMessage:
    """As the parser gives it: keys in lower case, what is unknown empty."""
    return AmiMessage(
        name, {"event": name, **{key: "" if value == "<unknown>" else value for key, value in headers.items()}}
    )
