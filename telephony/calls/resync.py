"""Mending the tracker after the link was down.

After a login the PBX tells which channels live and in which bridges. Channels that we know and it does not have ended
in the meantime, at a moment that nobody saw: they end when the link was last known to work, so that an outage never
counts as talk. Channels that it knows and we do not were born unseen: they are taken in, as old as the picture says.
Calls that are in both go on. Whatever call is touched by it is marked ``repaired``; one that lived through the gap
unchanged is not.
"""

from datetime import timedelta

from telephony.calls.channels import ChannelRecord
from telephony.calls.core import Core
from telephony.channel_events import LiveChannel, PbxSnapshot


def mend(core: Core, picture: PbxSnapshot) -> None:
    """Make the records agree with ``picture``. What happened by it is in ``core.told``."""
    living = {live.facts.uniqueid for live in picture.channels}
    for channel in list(core.tables.channels.values()):
        if channel.uniqueid not in living:
            channel.call.repaired = True
            core.remove(channel, picture.lost_at or picture.at, -1)
    for live in sorted(picture.channels, key=_birth):
        found = _known(core, live, picture)
        if found is not None:
            core.note(found, live.facts, picture.at)
            _place(core, found, live, picture)


def _birth(live: LiveChannel) -> tuple[float, bool, int, str]:
    """Order by birth. Ages are told in whole seconds: among equals who called comes first, then who was made first."""
    uniqueid = live.facts.uniqueid
    return -live.age_seconds, uniqueid != live.facts.linkedid, len(uniqueid), uniqueid


def _known(core: Core, live: LiveChannel, picture: PbxSnapshot) -> ChannelRecord | None:
    """The channel's record; a new one is as old as the picture says."""
    known = core.tables.channels.get(live.facts.uniqueid)
    if known is not None:
        return core.channel(live.facts, picture.at)
    born = picture.at - timedelta(seconds=live.age_seconds)
    return core.channel(live.facts, born, late=True)


def _place(core: Core, channel: ChannelRecord, live: LiveChannel, picture: PbxSnapshot) -> None:
    """Put the channel into the bridge that it is in, or out of the one that it left."""
    bridge_id = "" if live.bridge_id in picture.holding else live.bridge_id
    if bridge_id == (channel.bridge.bridge_id if channel.bridge else ""):
        return
    channel.call.repaired = True
    if bridge_id:
        core.enter(channel, bridge_id, picture.at)
    else:
        core.leave(channel, picture.at)
