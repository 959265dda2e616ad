"""What to begin with, and words that random bytes would not find in a minute."""

from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Final

_TRANSCRIPTS: Final = Path(__file__).parents[1] / "transcripts"
_ICS: Final = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Easter\r\n"
    b"DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nRRULE:FREQ=YEARLY;COUNT=3\r\n"
    b"EXDATE;VALUE=DATE:20271225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_XML: Final = (
    b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response>'
    b"<D:propstat><D:prop><C:calendar-data>BEGIN:VCALENDAR</C:calendar-data></D:prop><D:status>HTTP/1.1 200 OK"
    b"</D:status></D:propstat></D:response></D:multistatus>"
)
_DIGITS: Final = b"9" * 5000


def _pieces(suffix: str, size: int) -> list[bytes]:
    return [file.read_bytes()[:size] for file in sorted(_TRANSCRIPTS.glob(f"*.{suffix}"))]


def seeds(name: str) -> list[bytes]:
    """Give what a target begins with."""
    match name:
        case "ami":
            list_entry = b"\x05Event: CoreShowChannel\r\nChannel: PJSIP/1-1\r\nUniqueid: 1.1\r\nDuration: "
            hangup = b"\x05Event: Hangup\r\nTimestamp: %b\r\nChannel: PJSIP/1-1\r\nUniqueid: 1.1\r\nCause: %b\r\n\r\n"
            long = [list_entry + _DIGITS[:4500] + b":1\r\n\r\n", hangup % (_DIGITS[:1000], _DIGITS[:3000])]
            return [b"\x07" + piece for piece in _pieces("ami", 1500)] + long
        case "agi":
            opening = b"agi_network: yes\nagi_network_script: manager?x=1\nagi_channel: PJSIP/1-1\nagi_arg_1: 7\n"
            odd = [b"200 result=1 endpos=" + _DIGITS, "200 result=²".encode(), b"200 result=" + _DIGITS]
            return [opening, b'200 result=49 (x) endpos=100\n520-Invalid\n520 End\nHANGUP\n"\\', *odd]
        case "cel":
            odd = [b'"CHAN_START","0001-01-01T00:00:00+14:00","x","1","","","s","c","P/1","","","1.1","1.1","",""\n']
            return _pieces("cel", 1500) + odd
        case "calendar":
            return [_ICS, _XML.replace(b"BEGIN:VCALENDAR", _ICS), _ICS.replace(b"20261225", b"00010101")]
        case "multistatus":
            return [_XML]
        case "cursor":
            return [urlsafe_b64encode(text).rstrip(b"=") for text in (b"1:1767225600000000:pbx:1.1", b"2:17", b"2:x")]
        case "numbers":
            return [b"+38 (067) 123-45-67", b"0038067", b"101", b"anonymous", b"380671234567", b"tel:+1;ext=5"]
        case "answers":
            fine = [b'{"a": [1, 2.5, null, "\\u0000\\ud800"]}', b"[[[[", b"1e999", b"Sat, 28 Nov 2026 12:00:00 GMT"]
            return [*fine, b"64:ff9b::127.0.0.1", b"Bearer rbk_" + b"a" * 8 + b"_" + b"b" * 43]
        case _:
            return ["＝1".encode(), b"a;=1", b" =1", b"+380671234567", b'"=1', b"-1"]
