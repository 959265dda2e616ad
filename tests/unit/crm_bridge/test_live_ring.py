"""What is kept for live listeners that come back: bounded in bytes, and nobody's number breaks it."""

import pytest

from crm_bridge.api.resources.live import KEPT, KEPT_BYTES, LiveFeed


@pytest.mark.parametrize("letters", [10, 1000, 100_000])
def test_the_ring_is_bounded_in_bytes_and_events(letters: int) -> None:
    feed = LiveFeed("life", "UA")
    for _ in range(12_000 if letters < 1000 else 3000):
        feed.tell("call.ended", {"name": "x" * letters})
    frames = feed.since("life-0")
    assert frames == [b"event: reset\ndata: {}\n\n"]
    kept = list(feed._ring)  # noqa: SLF001 - the bound itself
    assert sum(len(frame) for _, frame in kept) <= KEPT_BYTES
    assert 0 < len(kept) <= KEPT
    assert len(feed.since(f"life-{kept[0][0]}")) == len(kept) - 1


@pytest.mark.parametrize("number", ["9" * 5000, "²", "-1", "99", ""])
def test_a_number_that_was_never_told_is_a_reset(number: str) -> None:
    feed = LiveFeed("life", "UA")
    feed.tell("call.ended", {})
    assert feed.since(f"life-{number}") == [b"event: reset\ndata: {}\n\n"]
