"""What Asterisk's refusals mean; the only place that knows their words."""

from typing import Final

from telephony.errors import ActionRefused, NoSuchChannel

_NO_CHANNEL: Final = ("no such channel", "channel does not exist")
"""Asterisk's own words; the second are Redirect's."""


def refusal(pbx: str, action: str, words: str) -> ActionRefused:
    """Return the error for an action that ``pbx`` refused with ``words``, the ``Message`` of its answer."""
    kind = NoSuchChannel if words.lower().startswith(_NO_CHANNEL) else ActionRefused
    return kind(f"{pbx} refused {action}: {words}")
