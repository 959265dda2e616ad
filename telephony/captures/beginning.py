"""Who was already talking when a capture began. Pure.

Who leaves a bridge that nobody saw them enter was in it from the beginning. Said one by one, as they leave, that comes
too late: the first of them may be gone, and their call over, before the second is heard of. So they enter before the
first event that speaks of their call.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from telephony import channel_events as ce

Heard = ce.ChannelEvent | ce.PbxSnapshot


def with_beginning(events: Sequence[Heard], is_known: Callable[[str], bool]) -> Iterator[Heard]:
    """Return the events of a capture, with an entry for each who was in a bridge when it began.

    ``is_known`` tells of a uniqueid whether another capture told of it before.
    """
    inside = _inside(events, is_known)
    for event in events:
        if inside and not isinstance(event, ce.PbxSnapshot):
            for linkedid in [each.linkedid for each in _channels(event) if each.linkedid in inside]:
                for left in _taken(inside, inside.pop(linkedid, [])):
                    yield ce.BridgeEntered(event.at, left.bridge_id, left.channel)
        yield event


def _inside(events: Iterable[Heard], is_known: Callable[[str], bool]) -> dict[str, list[ce.BridgeLeft]]:
    """By call, who leaves first what they did not enter; who began the call comes first."""
    known: set[str] = set()
    found: dict[str, list[ce.BridgeLeft]] = defaultdict(list)
    for event in events:
        match event:
            case ce.PbxSnapshot():
                return {}  # all that lived is told there
            case ce.ChannelSeen(born=True, channel=channel) | ce.BridgeEntered(channel=channel):
                known.add(channel.uniqueid)
            case ce.BridgeLeft(channel=channel, holding=False) if channel.uniqueid not in known and channel.linkedid:
                known.add(channel.uniqueid)
                if not is_known(channel.uniqueid):
                    found[channel.linkedid].append(event)
            case _:
                pass
    return {
        linkedid: sorted(left, key=lambda one: one.channel.uniqueid != linkedid) for linkedid, left in found.items()
    }


def _taken(inside: dict[str, list[ce.BridgeLeft]], first: list[ce.BridgeLeft]) -> list[ce.BridgeLeft]:
    """Take those of other calls out, too, who are in one of their bridges: in a room each has a call of their own."""
    bridges = {left.bridge_id for left in first}
    met = [linkedid for linkedid, left in inside.items() if any(each.bridge_id in bridges for each in left)]
    return [*first, *(left for linkedid in met for left in inside.pop(linkedid))]


def _channels(event: ce.ChannelEvent) -> Iterator[ce.ChannelFacts]:
    return (part for part in event if isinstance(part, ce.ChannelFacts))
