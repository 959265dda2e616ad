"""Which browser somebody uses, read off what it says of itself. Pure.

Browsers name those that they wish to be taken for, too: the first of ours that stands in the text is the right one.
"""

import re
from typing import Final

_BROWSERS: Final = (
    ("Edge", re.compile(r"\bEdgA?(?:iOS)?/(\d+)")),
    ("Opera", re.compile(r"\bOPR/(\d+)")),
    ("Yandex", re.compile(r"\bYaBrowser/(\d+)")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/(\d+)")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"\b(?:HeadlessChrome|Chrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"\bVersion/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/")),
)
_SYSTEMS: Final = (
    ("Windows", "Windows NT"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("macOS", "Mac OS X"),
    ("ChromeOS", "CrOS"),
    ("Linux", "Linux"),
)
_LONGEST: Final = 80


def browser(agent: str) -> str:
    """Write a browser's name, version and system: Chrome 156 · Linux; what is no browser's is cut short."""
    for name, mark in _BROWSERS:
        found = mark.search(agent)
        if found:
            system = next((each for each, word in _SYSTEMS if word in agent), "")
            return " · ".join(filter(None, (f"{name} {found[1]}", system)))
    return agent[:_LONGEST]
