"""How Asterisk 1.4 to 11 told what Asterisk 12 and later tell with uniform headers.

Dials come as one event with a ``SubEvent``, and their end names only the dialler; connected channels come as pairs;
channels carry no linkedid, so who belongs together is told by dials, pairs, the names of Local halves and renames
alone.
"""

from datetime import datetime

from telephony import channel_events as ce
from telephony.ami.protocol.channel_headers import Headers, facts


def pair(h: Headers) -> tuple[ce.ChannelFacts, ce.ChannelFacts]:
    """Read the two channels of ``Bridge`` and ``Unlink``."""
    first, second = (
        ce.ChannelFacts(h.get(f"uniqueid{n}", ""), h.get(f"channel{n}", ""), number=h.get(f"callerid{n}", ""))
        for n in (1, 2)
    )
    return first, second


def dial(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    """``Dial``: begin names both sides, end only the dialler. Asterisk 1.4 has no SubEvent and tells no end."""
    uniqueid = h.get("srcuniqueid") or h.get("uniqueid", "")
    name = h.get("source") or h.get("channel", "")
    dialler = facts(h)._replace(uniqueid=uniqueid, name=name)
    if h.get("subevent", "Begin").lower() == "end":
        return ce.DialEnded(at, dialler, None, h.get("dialstatus", "").upper())
    target = ce.ChannelFacts(h.get("destuniqueid", ""), h.get("destination", ""))
    return ce.DialBegan(at, dialler, target, h.get("dialstring", ""))


def agent_called(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    """``AgentCalled``: a queue rings a member, and until Asterisk 12 no other event says so.

    Asterisk 1.4 names neither the caller's id nor the member's channel: then the interface (``SIP/101``) stands for it.
    """
    if "destchannel" in h:  # Asterisk 12 and later: DialBegin tells it
        return None
    name = h.get("destinationchannel") or h.get("agentcalled", "")
    caller = ce.ChannelFacts(h.get("uniqueid", ""), h.get("channelcalling", ""))
    return ce.DialBegan(at, caller, ce.ChannelFacts("", name)) if name and (caller.uniqueid or caller.name) else None


def went_on(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    """``Newexten``: in Asterisk 1.4 the only one that tells what a caller dialled, and in which context."""
    if h.get("linkedid") or not h.get("uniqueid"):
        return None
    channel = ce.ChannelFacts(h["uniqueid"], h.get("channel", ""))
    return ce.ChannelSeen(at, channel._replace(context=h.get("context", ""), exten=h.get("extension", "")))


def bridge(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    """``Bridge`` with its ``Bridgestate``. The bridge actions' own events of the same name have none: not needed."""
    state = h.get("bridgestate", "").lower()
    if state == "link":
        return linked(h, at)
    return unlinked(h, at) if state == "unlink" else None


def linked(h: Headers, at: datetime) -> ce.ChannelEvent:
    """``Link`` of Asterisk 1.4 and the linking ``Bridge``."""
    return ce.PairLinked(at, *pair(h))


def unlinked(h: Headers, at: datetime) -> ce.ChannelEvent:
    """``Unlink``."""
    return ce.PairUnlinked(at, *pair(h))


def transfer(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    """``Transfer`` by SIP REFER: blind names the peer that is sent away, attended the transferer's own second leg."""
    if h.get("transfer2parking", "").lower() == "yes":
        return None
    transferer = facts(h)
    target = ce.ChannelFacts(h.get("targetuniqueid", ""), h.get("targetchannel", ""))
    if h.get("transfertype", "").lower() == "attended":
        return ce.AttendedTransferred(at, transferer, target, None, None)
    exten, context = h.get("transferexten", ""), h.get("transfercontext", "")
    return ce.BlindTransferred(at, transferer, target if target.name else None, exten, context)


def room(h: Headers) -> str:
    """The bridge that stands for a conference room of MeetMe or an old ConfBridge; empty for a new ConfBridge."""
    if h.get("bridgeuniqueid"):
        return ""
    if h.get("meetme"):
        return f"meetme:{h['meetme']}"
    return f"confbridge:{h['conference']}" if h.get("conference") else ""
