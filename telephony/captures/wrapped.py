r"""AMI that another program wrapped up, unwrapped to the lines that a PBX sent. Pure.

Forums and mail escape HTML; containers and log collectors put each line, or each message, into an object's ``log`` or
``message``; libraries print their own objects (``Message Event='Hangup'``, ``[Event] => Hangup``, ``"Event" => ...``,
``event: 'Hangup'``, ``<event event="Hangup"/>``); chats join a message's lines into one. Each of these is known by what
it looks like, undone, and told.
"""

import html
import json
import re
from collections.abc import Iterable
from typing import Final

_TAG_END: Final = re.compile(
    r"<br\s*/?>[ \t]*\r?\n?|</?(?:p|div|li|tr|pre|code|td|ul|ol|blockquote|span)\b[^>]*>", re.IGNORECASE
)
_HTML: Final = re.compile(r"<br\s*/?>|</(?:p|div|li|pre|code)>|&(?:lt|gt|quot|amp|nbsp|#39|#x27);", re.IGNORECASE)
_TEXTS: Final = ("log", "message", "msg", "text", "line", "data", "payload", "_raw", "body", "raw")
_SAYS_EVENT: Final = re.compile(r"(?mi)^\W{0,20}(?:Event|Response):[ \t]*\w")
_KEY: Final = r"(?P<key>[A-Za-z][A-Za-z-]{2,40}\d?)"
_PAIR: Final = re.compile(
    rf"""(?<![\w=])["'(\[]{{0,2}}{_KEY}["')\]]{{0,2}}\s*(?:=>|=|:|,)\s*"""
    r"""(?P<quote>["'])(?P<value>(?:\\.|(?!(?P=quote)).)*)(?P=quote)"""
)
_LINE: Final = re.compile(
    rf"""^[\s{{(\[!|-]*["']?{_KEY}["')\]]*\s*(?:-{{1,2}}>|=>|=|\t)[ \t]*(?P<value>.*?)[,;]?\s*$""", re.MULTILINE
)
_EVENT_OTHERWISE: Final = re.compile(r"""(?i)\bevent["')\]]{0,2}\s*(?:-{1,2}>|=>|=|,|\t|:)\s*["']?[a-z]\w+""")
_OBJECT: Final = re.compile(r"""\{\s*["'][\w@ -]+["']\s*:""")
"""JSON, or what Python prints: read as such."""
_FEWEST: Final = 4
_KNOWN: Final = (
    "Event|Privilege|Timestamp|SequenceNumber|ActionID|Uptime|LastReload|Status|Cause(?:-txt)?|TechCause|Application|AppData"
    "|DialStatus|DialString|Dialstring|Forward|SubEvent|Source|Destination|Variable|Value|UserEvent|Queue|Position|Count"
    "|MemberName|Interface|HoldTime|TalkTime|RingTime|Reason|Bridge[A-Za-z]+|Parking[A-Za-z]+|Result|Transfer[A-Za-z0-9]+"
    "|Callerid\\d?|CallerID\\d?|Channel\\d|Uniqueid\\d|Oldname|Newname|Device|State|From|Timeout|Extension|Srcuniqueid"
    "|SrcUniqueID|DestUniqueID|AgentCalled|Conference|Meetme|Usernum"
    "|(?:Dest|Src|Orig|Second|Local(?:One|Two)|Parkee|Parker|Retriever|Target|Transferer|Transferee|OrigTransferer)?"
    "(?:Channel(?:State(?:Desc)?)?|CallerIDNum|CallerIDName|ConnectedLineNum|ConnectedLineName|Language|AccountCode|Context"
    "|Exten|Priority|Uniqueid|Linkedid)"
)
"""Headers that a message in one line is cut at: a value may have words with colons, too."""
_BETWEEN: Final = re.compile(rf"""(?:["']?\s*[;,|]\s*["']?|[ \t]+)(?=(?:{_KNOWN}):(?:\s|\S))""", re.IGNORECASE)
_ONE_LINE: Final = re.compile(r"(?i)\bEvent: ?\w[^\r\n]*?[;,|'\" \t][ \t]*(?:Privilege|Channel|Uniqueid): ?\S[^\r\n]*")


def unwrapped(content: bytes) -> tuple[bytes, str]:
    """Return what a PBX said, and what it was wrapped in, in words; unchanged and empty if it was not."""
    if b"vent" not in content and b"VENT" not in content:
        return content, ""
    text = content.decode("utf-8", "replace")
    done = []
    if _HTML.search(text[:65536]):
        bare = html.unescape(_TAG_END.sub("\n", text))
        if _SAYS_EVENT.search(bare):
            text = bare
            done.append("HTML")
    inner = _in_objects(text)
    if inner:
        text = inner
        done.append("objects of a log")
    if not _SAYS_EVENT.search(text) and _EVENT_OTHERWISE.search(text) and not _OBJECT.search(text[:65536]):
        pairs = _as_headers(text)
        if pairs:
            text = pairs
            done.append("a program's print of its objects")
    if _ONE_LINE.search(text) and not _starts_with_objects(text):
        text = "\n\n".join(_cut(line) for line in text.splitlines())
        done.append("one line a message")
    if "\u00a0" in text or "\u200b" in text:
        text = text.replace("\u00a0", " ").replace("\u200b", "")
    return text.encode() if done or text != content.decode("utf-8", "replace") else content, " and ".join(done)


def _in_objects(text: str) -> str:
    """The texts of a log's objects, if these hold AMI: one object a line, or a list of them."""
    if not text.lstrip().startswith(("{", "[")):
        return ""
    found: list[str] = []
    for item in _objects(text):
        words = next((value for key, value in item.items() if key.lower() in _TEXTS and isinstance(value, str)), None)
        if words is None or any(key.lower() == "event" for key in item):
            return ""
        found.append(words if words.endswith("\n") else words + "\n")
    joined = "".join(found)
    objects = all(words.lstrip().startswith("{") for words in found) and re.search(r'(?i)"event"\s*:', joined)
    return joined if objects or _SAYS_EVENT.search(joined) else ""


def _starts_with_objects(text: str) -> bool:
    return re.match(r"\s*(?:\[\s*)?\{\s*[\"']", text) is not None


def _cut(line: str) -> str:
    """A message's headers, one a line; what closed the line's brackets and quotes is no part of the last."""
    if not _ONE_LINE.search(line):
        return line
    return _BETWEEN.sub("\n", line).rstrip("]})'\"")


def _objects(text: str) -> Iterable[dict[str, object]]:
    try:
        whole = json.loads(text)
    except ValueError:
        whole = []
        for line in filter(str.strip, text.splitlines()):
            try:
                whole.append(json.loads(line))
            except ValueError:
                return []
    items = whole if isinstance(whole, list) else [whole]
    return items if all(isinstance(item, dict) for item in items) else []


def _as_headers(text: str) -> str:
    """Keys and values however a program writes them; a message begins at its event."""
    quoted = list(_PAIR.finditer(text))
    names_events = any(pair["key"].lower() == "event" for pair in quoted)  # a program's SQL between them does not
    pairs = quoted if len(quoted) >= _FEWEST and names_events else list(_LINE.finditer(text))
    lines: list[str] = []
    for pair in pairs:
        key, value = pair["key"], pair["value"]
        if key.lower() == "event":
            lines.append("")
        value = re.sub(r"\\(.)", r"\1", value) if pairs is quoted else value
        lines.append(f"{key}: {html.unescape(value)}")
    return "\n".join(lines).strip() + "\n\n" if any(not line for line in lines) else ""
