"""Which events the ``eventfilter`` lines of manager.conf let through. Pure.

Two ways of writing: ``eventfilter(action(include),name(Hangup)) =`` (Asterisk 18.26, 20.11, 21.6, 22.1 and later) and
``eventfilter = REGEX`` with ``!REGEX`` to exclude (all). With includes only what one of them takes is heard; what any
exclude takes never is; without filters all is.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

_OPTION = re.compile(r"(action|name|header|method)\(([^()]*)\)")
_POSIX = {
    "[:cntrl:]": r"\x00-\x1f\x7f",
    "[:space:]": r"\s",
    "[:alnum:]": "A-Za-z0-9",
    "[:digit:]": "0-9",
    "[:alpha:]": "A-Za-z",
}


class SendableEvent(NamedTuple):
    """An event that the PBX might send: its name and the header that filters may ask for."""

    name: str
    header: str = ""
    value: str = ""

    @property
    def text(self) -> str:
        """As a regular expression sees it."""
        header = f"{self.header}: {self.value}\r\n" if self.header else ""
        return f"Event: {self.name}\r\nPrivilege: call,all\r\n{header}\r\n"


class Filter(NamedTuple):
    """One line."""

    key: str
    """``eventfilter`` with its options."""
    value: str

    @property
    def excludes(self) -> bool:
        """Whether what it takes is not heard."""
        return self.value.startswith("!") if self.is_old else "action(exclude)" in self.key

    @property
    def is_old(self) -> bool:
        """Whether it is a bare regular expression over the whole event."""
        return "(" not in self.key

    def takes(self, event: SendableEvent) -> bool:
        """Return whether the line speaks of ``event``; an expression we cannot read is taken to speak of it."""
        if self.is_old:
            return _matches(self.value.removeprefix("!"), event.text)
        options = dict(_OPTION.findall(self.key))
        if options.get("name", event.name) != event.name:
            return False
        if "header" not in options and not self.value:
            return True
        if options.get("header", event.header) != event.header:
            return False
        subject = event.value if "header" in options else event.text
        return _METHODS.get(options.get("method", "regex"), _matches)(self.value, subject)


def _matches(expression: str, text: str) -> bool:
    for posix, python in _POSIX.items():
        expression = expression.replace(posix, python)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # "[[" will mean something else in a later Python
            return re.search(expression, text, re.MULTILINE) is not None
    except re.error:
        return True


_METHODS: Mapping[str, Callable[[str, str], bool]] = {
    "exact": lambda value, subject: value == subject,
    "starts_with": lambda value, subject: subject.startswith(value),
    "ends_with": lambda value, subject: subject.endswith(value),
    "contains": lambda value, subject: value in subject,
    "none": lambda _value, _subject: True,
    "regex": _matches,
}


def hears(filters: Iterable[Filter], event: SendableEvent) -> bool:
    """Return whether a user with these filters hears ``event``."""
    lines = list(filters)
    if any(one.excludes and one.takes(event) for one in lines):
        return False
    includes = [one for one in lines if not one.excludes]
    return not includes or any(one.takes(event) for one in includes)
