"""Who is together, where an export leaves out the columns that name bridges and the other side of a hand-over. Pure.

The order of enters and exits tells it: who enters meets whom the row names as peer, else who is in the same room of a
conference, else whoever of the same linkedid is there already. All of one linkedid stand for one bridge then: two
bridges of one call, as during a consultation, look like one, which lengthens no talk, since the customer's goes on
meanwhile. Who picked up is who answered last on a call of their own; who hands over attended has a second call, begun
by the same phone, and from then on both calls' people are together.
"""

from typing import Final

from telephony import channel_events as ce
from telephony.calls.tracking.channels import endpoint_of
from telephony.cel.recent import Recent
from telephony.cel.rows import CelRow

_WAITING: Final = frozenset({"park", "parkandannounce", "agentlogin", "bridgewait", "holdingbridge"})
"""Applications whose bridges connect nobody."""
_ROOMS: Final = frozenset({"confbridge", "meetme"})
_NOBODY: Final = ce.ChannelFacts("", "")


class Together:
    """The bridges of one stream; they last as long as somebody is in one."""

    def __init__(self) -> None:
        self._bridges: Recent[str] = Recent()
        self._uniqueids: Recent[str] = Recent()
        self._parked: Recent[bool] = Recent()
        self._goes_on_as: Recent[str] = Recent()
        self._calls: Recent[CelRow] = Recent()
        """The calls that each phone began and has not ended, by their channels."""
        self._answered = _NOBODY

    def note(self, row: CelRow) -> None:
        """Remember what a later row may leave out."""
        begins = row.uniqueid == row.linkedid
        match row.event_type:
            case "CHAN_START" if begins:
                self._calls[row.channel] = row
            case "ANSWER" if begins:
                self._answered = ce.ChannelFacts(row.uniqueid, row.channel, row.linkedid)
            case "PARK_START":
                self._parked[row.channel] = True
            case "PARK_END":
                self._parked.pop(row.channel, None)
            case "CHAN_END":
                self._calls.pop(row.channel, None)

    def bridge(self, row: CelRow) -> dict[str, str]:
        """Return what the missing column would have said of a ``BRIDGE_ENTER`` or ``BRIDGE_EXIT``."""
        if row.event_type == "BRIDGE_EXIT":
            return {"bridge_id": self._bridges.pop(row.channel, self._bridge_of(row.linkedid))}
        if row.app.lower() in _WAITING or row.channel in self._parked:
            return {"bridge_id": f"waiting:{row.channel}", "bridge_technology": "holding_bridge"}
        peers = (self._bridges.get(peer.strip()) for peer in row.peer.split(","))
        known = next(filter(None, peers), None) or _room(row) or self._bridge_of(row.linkedid or row.uniqueid)
        self._bridges[row.channel] = known
        self._uniqueids[row.channel] = row.uniqueid
        return {"bridge_id": known}

    def picker(self, row: CelRow) -> dict[str, str]:
        """Return what the missing column would have said of a ``PICKUP``; empty if nobody can have done it."""
        if not self._answered.name or self._answered.linkedid == row.linkedid:
            return {}
        self._goes_on_as[self._answered.linkedid] = row.linkedid
        return {"pickup_channel": self._answered.name, "pickup_channel_uniqueid": self._answered.uniqueid}

    def handed_over(self, row: CelRow) -> tuple[dict[str, str], list[ce.ChannelFacts]]:
        """Return what the missing column would have said of an ``ATTENDEDTRANSFER``, and who is in a bridge with whom.

        The second are all of the first call; their bridge is the one of the second call from now on.
        """
        phone = endpoint_of(row.channel)
        own = [call for name, call in self._calls.items() if endpoint_of(name) == phone and name != row.channel]
        if not own:
            return {}, []
        second = own[-1]
        before, after = self._bridge_of(row.linkedid), self._bridge_of(second.linkedid)
        self._goes_on_as[row.linkedid] = second.linkedid
        moved = [name for name, bridge in self._bridges.items() if bridge == before and name != row.channel]
        self._bridges.update(dict.fromkeys(moved, after))
        told = {"channel2_name": second.channel, "channel2_uniqueid": second.uniqueid, "bridge_id": after}
        return told, [ce.ChannelFacts(self._uniqueids.get(name, ""), name) for name in moved]

    def _bridge_of(self, linkedid: str) -> str:
        return f"linkedid:{self._goes_on_as.get(linkedid, linkedid)}"


def _room(row: CelRow) -> str:
    return f"room:{row.app.lower()}:{row.app_args.partition(',')[0]}" if row.app.lower() in _ROOMS else ""
