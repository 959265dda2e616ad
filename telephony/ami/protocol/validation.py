"""The gate that every header passes on its way out: what AMI would read as something else is never sent.

AMI is lines. A CR or LF in a value is a header of its own, a blank line is a second action: a caller's name that
reached an Originate could dial. NUL ends Asterisk's strings. A line of more than 1,020 bytes makes Asterisk 22 refuse
the action without saying which one it was, and older ones carry it out without that line: it is refused here, by name.
"""

import re
from collections.abc import Mapping

from telephony.errors import ActionRefused, HostileText

LINE_LIMIT = 1000
"""Bytes of one header line; Asterisk's own buffer holds 1,025, the line's end included."""

_HOSTILE = re.compile(r"[\r\n\0\ud800-\udfff]")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def checked(action: str, headers: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    """Return the whole action, ``Action`` first, each header checked.

    Raises:
        HostileText: a key or value holds CR, LF, NUL or a lone surrogate, or a key is no header name.
        ActionRefused: a line is longer than Asterisk reads.
    """
    if not _KEY.fullmatch(action):
        raise HostileText(f"{action!r} is no AMI action's name.")
    for key, value in headers.items():
        _check_key(action, key)
        for each in value if isinstance(value, list) else [value]:
            _check_value(action, key, each)
    return {"Action": action, **headers}


def _check_key(action: str, key: str) -> None:
    if not _KEY.fullmatch(key) or key.lower() in {"action", "actionid"}:
        raise HostileText(f"{action}: {key!r} is no name of a header that may be set.")


def _check_value(action: str, key: str, value: str) -> None:
    if _HOSTILE.search(value):
        shown = "" if key.lower() == "secret" else f": {value!r}"
        raise HostileText(f"{action}: the value of {key} holds CR, LF, NUL or half a letter{shown}.")
    if len(key) + 2 + len(value.encode()) > LINE_LIMIT:
        raise ActionRefused(f"{action}: the header {key} is longer than the {LINE_LIMIT} bytes that Asterisk reads.")
