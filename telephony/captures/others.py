"""What people send that is no capture, told by its name with what to send instead. Pure."""

import re
from typing import Final

_LOOK: Final = 65_536
_WANTED: Final = "Send what AMI said (`ringback run --capture FILE`) or CEL; neither can be made out of this."
_CAPTURE: Final = re.compile(rb"(?i)\bEvent\b[^\n]{0,20}?\w|CHAN_START|LINKEDID_END")
_TEXTS: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    ("ARI's events", re.compile(rb'"type"\s*:\s*"(?:Channel|Stasis|Bridge|Dial|Playback|Endpoint|Device)\w*"')),
    (
        "Asterisk's own log",
        re.compile(rb"(?m)^\[[^\]\n]+\] (?:VERBOSE|NOTICE|WARNING|ERROR|DEBUG)\[\d+\]|^\s*-- Executing \["),
    ),
    (
        "call detail records (CDR)",
        re.compile(
            rb'(?im)^"?calldate"?[,;]'
            rb'|^[^\n]*"(?:ANSWERED|NO ANSWER|BUSY|FAILED|CONGESTION)","(?:DOCUMENTATION|OMIT|BILLING)"'
        ),
    ),
    ("a queue's log", re.compile(rb"(?m)^\d{9,11}\|[^|\n]*\|[^|\n]*\|[^|\n]*\|[A-Z]+\|")),
    (
        "a trace of SIP",
        re.compile(rb"(?m)^(?:INVITE|REGISTER|OPTIONS|BYE|ACK|CANCEL) sips?:[^\n]+ SIP/2\.0|^SIP/2\.0 \d{3} "),
    ),
    ("a list of channels", re.compile(rb"(?m)^Channel +Location +State +Application|^\d+ active channels?")),
)
_BYTES: Final[tuple[tuple[str, tuple[bytes, ...]], ...]] = (
    ("a packet capture (pcap)", (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\x0a\x0d\x0d\x0a")),
    ("an archive or an office file (unpack it, or save it as CSV)", (b"PK\x03\x04",)),
    ("an archive (unpack it)", (b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")),
    ("a PDF", (b"%PDF-",)),
    ("a picture", (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")),
)


def named(content: bytes) -> str:
    """Return what a file is, if it is known to be no capture, and what to send instead; else nothing."""
    for what, beginnings in _BYTES:
        if content.startswith(beginnings):
            return f"this is {what}. {_WANTED}"
    head = content[:_LOOK]
    if _CAPTURE.search(head):
        return ""
    return next((f"this is {what}, no capture. {_WANTED}" for what, sign in _TEXTS if sign.search(head)), "")
