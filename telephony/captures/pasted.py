r"""AMI as people paste it, made into AMI as a PBX sends it. Pure.

Consoles put a time, an arrow or a file's name before each line; ``grep`` puts ``--`` between what it found; editors
leave blanks at line ends, on empty lines, or take the empty lines away; loggers write ``\\r\\n`` as four letters. None
of that changes what was said, so it is taken off: a message begins at its ``Event:``, and what looks like no header is
no part of it. What was taken off is told, so that nobody wonders.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

_START: Final = re.compile(
    r"^(?P<prefix>.*?)(?<![\w-])(?:(?:Event|Response|Action):[ \t]*(?=[A-Za-z])|Asterisk Call Manager/)", re.IGNORECASE
)
_FILE: Final = re.compile(r"^[\w./-]*\.\w+:(?:\d+:)?$")
_HEADER: Final = re.compile(r"^[A-Za-z][\w. -]{0,60}?:(?:\s|$)|^[A-Za-z][\w-]{0,60}:\S")
_WRAPPED: Final = re.compile(r"[\w+<(][^\s:]*")
_NOISE: Final = re.compile(r"^[\s\-=_*~#+<>.`|]*(?:<?-+.*-+>?)?[\s\-=_*~#+<>.`|]*$")
_LETTERS_FOR_ENDS: Final = re.compile(r"\\r\\n|\\r|\\n")
_LONGEST_PREFIX: Final = 160
_MOST_SHAPES: Final = 12
_DOUBLE_SPACED: Final = 0.8
_FEWEST_LINES: Final = 5
_MIXED: Final = 0.05
"""Of the lines that end in CRLF: so many bare LFs are no accident of one value."""

_UNUSUAL: Final = re.compile(
    rb"(?mi)^[ \t]+\r?$"  # blank lines with blanks
    rb"|^(?:Event|Response|Privilege): [^\r\n]*[ \t]+\r?$"  # blanks at the end of a line that honestly has none
    rb"|^(?!Event:)[^\r\n]{1,160}?(?<![\w-])Event:[ \t]*\w"  # something before it
    rb"|^Event:(?! [^ \t])"
    rb"|^[A-Za-z][A-Za-z-]+:\r?\n[^\s:]+\r?$"  # a value that was wrapped onto a line of its own
    rb"|^\s*[-=_*#~]{2,}\s*$"  # dashes between messages
    rb"|(?:^|\n)(?!Asterisk Call Manager/)[^\r\n]+\r?\nEvent: "  # no empty line before it
    rb"|\\r\\n"
)


def with_one_line_end(content: bytes) -> bytes:
    """Return a capture whose line ends editors and ``tee`` mixed with those of one kind.

    A single bare LF among CRLFs is left: it stands in a value, and a name with one in it must not become a header.
    """
    crlf = content.count(b"\r\n")
    bare = content.count(b"\n") - crlf
    first = content.find(b"\n")
    begins_bare = first >= 0 and content[first - 1 : first] != b"\r"
    mixed = crlf and bare and (begins_bare or bare > crlf * _MIXED)
    return content.replace(b"\r\n", b"\n") if mixed else content


def is_unusual(content: bytes) -> bool:
    """Return whether a capture has signs of having been pasted; what a PBX sent has none."""
    return b"\n" not in content or _UNUSUAL.search(content) is not None or _is_double_spaced(content)


def cleaned(content: bytes) -> tuple[bytes, str]:
    """Return the AMI in what was pasted, and what was taken off, in words."""
    text = content.decode("utf-8", "replace")
    done = []
    if text.count("\\r\\n") > text.count("\n"):
        text = _LETTERS_FOR_ENDS.sub("\n", text)
        done.append("line ends written as letters")
    lines = [line.rstrip() for line in re.split(r"\r\n|\n|\r", text)]
    shapes = _shapes(lines)
    if shapes:
        done.append(f"lines with {_example(lines)!r} before them")
        lines = [_stripped(line, shapes) for line in lines]
    close = _is_double_spaced("\n".join(lines).encode())
    messages = list(_messages(lines, keep_blanks=not close))
    return "".join(f"{message}\r\n\r\n" for message in messages).encode(), ", ".join(done) or "pasted text"


def _messages(lines: list[str], *, keep_blanks: bool) -> Iterator[str]:
    """Cut at each beginning, and at empty lines where those have a meaning."""
    message: list[str] = []
    for line in lines:
        starts = _begins(line, message)
        ends = keep_blanks and (not line or _NOISE.match(line) is not None)
        if (starts or ends) and message:
            yield "\r\n".join(message)
            message = []
        if (starts or message) and _HEADER.match(line):
            key, _, value = line.partition(":")
            message.append(f"{key.rstrip()}: {value.strip()}")
        elif message and message[-1].endswith(": ") and _WRAPPED.fullmatch(line):
            message[-1] += line
        elif line.startswith("Asterisk Call Manager/"):
            yield line
    if message:
        yield "\r\n".join(message)


def _begins(line: str, message: list[str]) -> bool:
    """An event has no ``Event`` in it, but may have a ``Response`` (OriginateResponse)."""
    key = line.partition(":")[0].lower()
    if key == "event":
        return True
    return key in {"response", "action"} and not (message and message[0].lower().startswith("event"))


def _shapes(lines: list[str]) -> list[re.Pattern[str]]:
    """What stands before messages' first lines, with numbers and words for months as what they are."""
    found = (_START.match(line) for line in lines)
    prefixes = Counter(match["prefix"] for match in found if match and len(match["prefix"]) <= _LONGEST_PREFIX)
    plain = prefixes.pop("", 0)
    shapes: dict[str, re.Pattern[str]] = {}
    for prefix, times in prefixes.most_common():
        like_a_header = _HEADER.match(prefix + " ") and not _FILE.match(prefix)
        if like_a_header and (plain or times == 1):
            continue  # a value that says so, not what stands before a line
        if len(shapes) < _MOST_SHAPES:
            shape = _shape(prefix)
            shapes.setdefault(shape, re.compile(shape))
    return sorted(shapes.values(), key=lambda shape: -len(shape.pattern))


def _shape(prefix: str) -> str:
    """A pattern that all lines' prefixes fit; grep writes ``12:`` before a hit and ``13-`` before its neighbours."""
    shape = re.sub(r"\d+", lambda _: "\0", prefix)
    shape = re.sub(r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", "\1", shape)
    grep = shape.endswith(":")
    shape = re.sub(r"\s+", "\2", shape[:-1] if grep else shape)
    shape = re.escape(shape).replace("\0", r"\d+").replace("\1", r"[A-Z][a-z]{2}").replace("\2", r"\s*")
    return f"^{shape}{'[:-]' if grep else ''}"


def _stripped(line: str, shapes: list[re.Pattern[str]]) -> str:
    for shape in shapes:
        found = shape.match(line)
        if found:
            return line[found.end() :].lstrip()
    return line


def _example(lines: list[str]) -> str:
    for line in lines:
        found = _START.match(line)
        if found and found["prefix"].strip() and len(found["prefix"]) <= _LONGEST_PREFIX:
            return found["prefix"].strip()
    return "blanks"


def _is_double_spaced(content: bytes) -> bool:
    """Return whether an empty line follows nearly every line, so that it means nothing."""
    lines = content[:65536].replace(b"\r\n", b"\n").split(b"\n")
    written = [index for index, line in enumerate(lines[:-1]) if line.strip()]
    alone = sum(1 for index in written if not lines[index + 1].strip())
    return len(written) >= _FEWEST_LINES and alone > len(written) * _DOUBLE_SPACED
