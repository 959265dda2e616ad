"""Who is together, where an export leaves out the column that names bridges. Pure.

The order of enters and exits tells it: who enters meets whom the row names as peer, else whoever of the same linkedid
is there already. All of one linkedid stand for one bridge then: two bridges of one call, as during a consultation, look
like one, which lengthens no talk, since the customer's goes on meanwhile.
"""

from typing import Final

from telephony.cel.recent import Recent
from telephony.cel.rows import CelRow

_WAITING: Final = frozenset({"park", "parkandannounce", "parkedcall", "agentlogin", "bridgewait", "holdingbridge"})
"""Applications whose bridges connect nobody."""


class Together:
    """The bridges of one stream; they last as long as somebody is in one."""

    def __init__(self) -> None:
        self._bridges: Recent[str] = Recent()

    def bridge(self, row: CelRow) -> dict[str, str]:
        """Return what the missing column would have said of a ``BRIDGE_ENTER`` or ``BRIDGE_EXIT``."""
        if row.event_type == "BRIDGE_EXIT":
            return {"bridge_id": self._bridges.pop(row.channel, f"linkedid:{row.linkedid}")}
        if row.app.lower() in _WAITING:
            return {"bridge_id": f"waiting:{row.channel}", "bridge_technology": "holding_bridge"}
        peers = (self._bridges.get(peer.strip()) for peer in row.peer.split(","))
        self._bridges[row.channel] = bridge = next(filter(None, peers), f"linkedid:{row.linkedid or row.uniqueid}")
        return {"bridge_id": bridge}
