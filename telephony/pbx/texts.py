"""Texts that Asterisk gives a meaning to, checked before they go into an action.

AMI's own gate (`telephony.ami.protocol.validation`) keeps a value from becoming a header. These keep it from becoming
something else in the dialplan: a second channel in a dial string (``&``, ``,``), a function call (``${``, ``$[``,
parentheses), a separator in a list of variables, another file. What people are called is cleaned; everything else is
refused, since an extension that needs cleaning is not the one that was meant. A channel's name is the PBX's own word:
it is looked up as it is, whatever letters it has, but for a pattern (``/.../``), which Hangup would take for many.
"""

import re
from typing import Final

from telephony.errors import HostileText

_DIAL_STRING: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,30}/[A-Za-z0-9_.+*#:/@;=?!~%-]{1,200}")
_CUSTOM_STATE: Final = re.compile(r"Custom:[A-Za-z0-9_.+@-]{1,80}")
_CHANNEL: Final = re.compile(r"[^/\x00\r\n][^\x00\r\n]*")
_PLACE: Final = re.compile(r"[A-Za-z0-9_.+*#@!~-]{1,80}")
_UNIQUEID: Final = re.compile(r"[A-Za-z0-9_.-]{1,149}")
_VARIABLE: Final = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]{0,79}")
_FUNCTION: Final = re.compile(r"[A-Z][A-Z0-9_]{0,40}\([A-Za-z0-9_.+*#:/@;=?!~%,-]{0,200}\)")
_PATH: Final = re.compile(r"[^\x00-\x1f\x7f,|$`\"\\;<>]{1,400}")
_NUMBER: Final = re.compile(r"[0-9A-Za-z+*#._-]{0,40}")
_OPTIONS: Final = re.compile(r"(?:[A-Za-z](?:\([A-Za-z0-9_./-]*\))?)*")
_NAME_LIMIT: Final = 60
_NOT_IN_NAMES: Final = frozenset('"<>\\$`{}[]()|;,=&%')


def _matching(pattern: re.Pattern[str], what: str, text: str) -> str:
    if not pattern.fullmatch(text):
        raise HostileText(f"{text!r} is no {what}.")
    return text


def dial_string(text: str) -> str:
    """Check what one phone is dialled by: ``PJSIP/101``, ``PJSIP/380441234567@carrier``, ``Local/q@queues/n``."""
    return _matching(_DIAL_STRING, "dial string of one phone", text)


def custom_state(text: str) -> str:
    """Check a device state that a dialplan sets: ``Custom:DND101``."""
    return _matching(_CUSTOM_STATE, "custom device state", text)


def channel(text: str) -> str:
    """Check a channel's name or its uniqueid; Asterisk takes either."""
    return _matching(_CHANNEL, "channel", text)


def uniqueid(text: str) -> str:
    """Check an id that we choose for a channel."""
    return _matching(_UNIQUEID, "channel id", text)


def place(text: str) -> str:
    """Check a context or an extension."""
    return _matching(_PLACE, "context or extension", text)


def variable_name(text: str) -> str:
    """Check a channel variable's name, perhaps inherited (``_X``, ``__X``)."""
    return _matching(_VARIABLE, "channel variable", text)


def variable_or_function(text: str) -> str:
    """Check what `Getvar` may ask for: a variable, or a function of plain arguments, ``DEVICE_STATE(PJSIP/101)``."""
    return text if _FUNCTION.fullmatch(text) else variable_name(text)


def variable_value(text: str) -> str:
    """Check a variable's value: any text of one line, but nothing that a dialplan could evaluate."""
    if "${" in text or "$[" in text or any(ord(letter) < ord(" ") for letter in text):
        raise HostileText(f"A variable must not hold an expression or a control character: {text!r}.")
    return text


def in_list(text: str) -> str:
    """Write a value for a ``Variable`` header, which Asterisk splits at commas and strips of quotes and backslashes."""
    return "".join(f"\\{letter}" if letter in '\\,"' else letter for letter in text)


def number(text: str) -> str:
    """Check a caller-ID number; empty is hidden."""
    return _matching(_NUMBER, "number", text)


def shown_name(text: str) -> str:
    """Clean what somebody is called for a phone's display; never refuses, at most 60 letters."""
    kept = "".join(letter for letter in text if letter.isprintable() and letter not in _NOT_IN_NAMES)
    return " ".join(kept.split())[:_NAME_LIMIT].strip()


def recording_path(text: str) -> str:
    """Check the file that a recording is written to, on the PBX: one path, no way up, nothing for a shell."""
    if ".." in text.split("/"):
        raise HostileText(f"{text!r} leads out of its folder.")
    return _matching(_PATH, "path of a recording", text)


def recording_options(text: str) -> str:
    """Check MixMonitor's options: letters, each perhaps with a plain argument: ``b``, ``r(in.wav)t(out.wav)``."""
    return _matching(_OPTIONS, "list of MixMonitor's options", text)
