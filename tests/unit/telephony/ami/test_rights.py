"""Our AMI user's rights are looked at after each login."""

from datetime import UTC, datetime

from telephony.ami.rights import NEEDED_FOR, deaf, lost_without, rights
from telephony.channel_events import ChannelFacts, LiveChannel, PbxSnapshot

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def snapshot(*uniqueids: str) -> PbxSnapshot:
    return PbxSnapshot(NOW, tuple(LiveChannel(ChannelFacts(each, each), "", 0) for each in uniqueids))


def test_a_user_with_all_rights_lacks_nothing() -> None:
    assert rights(dict.fromkeys(NEEDED_FOR, "Priv")).missing == ()


def test_what_is_missing_is_named_with_what_does_not_work_then() -> None:
    listed = dict.fromkeys(NEEDED_FOR, "Priv")
    del listed["Originate"], listed["MixMonitorMute"]
    found = rights(listed)
    assert found.missing == ("Originate", "MixMonitorMute")
    assert lost_without(found.missing) == ("callbacks and click-to-call", "pausing a recording")


def test_channels_that_change_without_an_event_mean_that_we_hear_nothing() -> None:
    assert deaf(snapshot("1"), snapshot("2"))
    assert deaf(snapshot("1"), snapshot())
    assert not deaf(snapshot("1", "2"), snapshot("2", "1"))
    assert not deaf(None, snapshot("1"))
