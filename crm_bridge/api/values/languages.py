"""Which of our languages a client likes best, by its Accept-Language (RFC 9110, 12.5.4). Pure."""

import re
from typing import Final

from crm_bridge.web.words.text import UiLanguage

_MOST: Final = 20
_RANGE: Final = re.compile(r"\s*([a-zA-Z]{1,8})(?:-[a-zA-Z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")


def preferred(header: str, otherwise: UiLanguage = UiLanguage.ENGLISH) -> UiLanguage:
    """Choose; what cannot be read in it, or asks for what we have not, is passed over."""
    found: list[tuple[float, UiLanguage]] = []
    for part in header.split(",")[:_MOST]:
        answer = _RANGE.fullmatch(part)
        if answer is not None and answer[1].lower() in set(UiLanguage):
            found.append((float(answer[2] or "1"), UiLanguage(answer[1].lower())))
    best = max(found, key=lambda one: one[0], default=None)  # of equals, the one that was named first
    return best[1] if best is not None and best[0] > 0 else otherwise
