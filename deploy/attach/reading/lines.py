"""One configuration file's text as lines that mean something (pure).

Asterisk's rules: ``;`` begins a comment unless it is escaped, ``;--`` one that lasts until ``--;`` (they nest), a
header is ``[name](options)``, a setting ``name = value`` or ``name => value``, a directive ``#include``,
``#tryinclude``, ``#exec``.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

LONGEST_LINE: Final = 8192
"""Letters; Asterisk reads no more of a line either."""
_HEADER: Final = re.compile(r"^\[(?P<name>[^\]]*)\]\s*(?:\((?P<options>[^)]*)\))?")
_DIRECTIVE: Final = re.compile(r"^#\s*(?P<word>include|tryinclude|exec)\b\s*(?P<rest>.*)$", re.IGNORECASE)
_SETTING: Final = re.compile(r"^(?P<name>[^=]*?)\s*\+?=>?\s*(?P<value>.*)$", re.DOTALL)


class LineKind(StrEnum):
    """What a line is."""

    HEADER = "header"
    SETTING = "setting"
    INCLUDE = "include"
    EXEC = "exec"


class ConfLine(NamedTuple):
    """A line that means something."""

    number: int
    """From 1."""
    kind: LineKind
    name: str
    """Of the section or the setting; the path of an include; the command of an exec."""
    value: str = ""
    options: tuple[str, ...] = ()
    """Of a header: ``!`` a template, ``+`` goes on with an earlier section, else templates that it takes."""


def conf_lines(text: str) -> Iterator[ConfLine]:
    """Yield the lines that mean something, in order."""
    depth = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        bare, depth = _without_comments(raw[:LONGEST_LINE], depth)
        bare = bare.strip()
        line = _meaning(number, bare) if bare else None
        if line is not None:
            yield line


def ends_in_comment(text: str) -> bool:
    """Tell whether a long comment is still open at the end: what is added there would not be read."""
    depth = 0
    for raw in text.split("\n"):
        _, depth = _without_comments(raw[:LONGEST_LINE], depth)
    return depth > 0


def _without_comments(line: str, depth: int) -> tuple[str, int]:
    kept: list[str] = []
    at = 0
    while at < len(line):
        if depth:
            opening, closing = _opens(line, at), line.startswith("--;", at)
            depth += opening - closing
            at += 3 if opening or closing else 1
        elif line[at] == ";" and at and line[at - 1] == "\\":
            kept[-1] = ";"
            at += 1
        elif _opens(line, at):
            depth += 1
            at += 3
        elif line[at] == ";":
            break
        else:
            kept.append(line[at])
            at += 1
    return "".join(kept), depth


def _opens(line: str, at: int) -> bool:
    """Tell whether a long comment begins here: ``;---`` is a short one."""
    return line.startswith(";--", at) and not line.startswith(";---", at)


def _meaning(number: int, bare: str) -> ConfLine | None:
    if bare.startswith("["):
        found = _HEADER.match(bare)
        if found is None:
            return None
        options = tuple(part.strip() for part in (found["options"] or "").split(",") if part.strip())
        return ConfLine(number, LineKind.HEADER, found["name"].strip(), options=options)
    if bare.startswith("#"):
        found = _DIRECTIVE.match(bare)
        if found is None:
            return None
        kind = LineKind.EXEC if found["word"].lower() == "exec" else LineKind.INCLUDE
        return ConfLine(number, kind, found["rest"].strip().strip('"<>').strip())
    found = _SETTING.match(bare)
    if found is None:
        return None
    return ConfLine(number, LineKind.SETTING, found["name"].strip(), found["value"].strip())
