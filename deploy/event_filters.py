"""Which Asterisk understands which way of writing event filters."""

import re
from typing import Final

_SINCE: Final = {18: 26, 20: 11, 21: 6, 22: 1}
"""The minor version of each branch that brought the new way; later branches all have it."""


def new_filters(version: str) -> bool:
    """Return whether this Asterisk understands ``eventfilter(name(...))``; one that tells no version is taken to."""
    found = re.match(r"(?:certified[/-])?(\d+)\.(\d+)", version)
    if found is None:
        return not version
    major, minor = int(found[1]), int(found[2])
    return minor >= _SINCE[major] if major in _SINCE else major > max(_SINCE)
