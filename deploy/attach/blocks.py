"""Our part of somebody's file, between two marks (pure): put in, found again, taken out.

Everything outside the marks is the administrator's and comes through byte by byte. A comment begins with ``;`` for
Asterisk and with ``#`` for TOML.
"""

from typing import Final

from deploy.attach.reading.lines import LineKind, conf_lines

_BEGIN: Final = "--- ringback attach: begin"
_END: Final = "--- ringback attach: end"


def block(lines: str, comment: str = ";") -> str:
    """Put the marks around ``lines``, which end with a line break."""
    return f"{comment} {_BEGIN} (`ringback attach --undo` takes it out)\n{lines}{comment} {_END}\n"


def without_block(text: str) -> str:
    """Take our blocks out, with the line break that putting them in had added; without one it is ``text`` itself."""
    while (found := _span(text)) is not None:
        begin, end = found
        text = text[:begin] + text[end:]
    return text


def has_block(text: str) -> bool:
    """Tell whether a block of ours is in it."""
    return _span(text) is not None


def _span(text: str) -> tuple[int, int] | None:
    begin = text.find(_BEGIN)
    if begin < 0:
        return None
    end = text.find(_END, begin)
    if end < 0:
        return None
    begin = text.rfind("\n", 0, begin) + 1
    closing = text.find("\n", end)
    after = len(text) if closing < 0 else closing + 1
    if text[:begin].endswith(_JOINT):
        begin -= len(_JOINT) - (after < len(text))  # the line break stays if somebody wrote on after us
    return begin, after


_JOINT: Final = "\n; (ringback attach added the line break before this line)\n"


def at_end(text: str, lines: str, comment: str = ";") -> str:
    """Give the text with our block at its end, in place of an older one."""
    bare = without_block(text)
    return f"{_whole(bare)}{block(lines, comment)}"


def in_section(text: str, section: str, lines: str, *, implied: bool) -> str:
    """Give the text with our block at the end of a section, in place of an older one.

    Args:
        text: the file.
        section: the section's name.
        lines: settings, without a header.
        implied: what stands before the file's first header is in that section already (the file is included there).
    """
    bare = without_block(text)
    headers = [(line.number, line.name) for line in conf_lines(bare) if line.kind is LineKind.HEADER]
    own = [index for index, (_, name) in enumerate(headers) if name == section]
    if not own and not implied:
        return at_end(bare, f"[{section}]\n{lines}")
    after = own[-1] + 1 if own else 0
    if after >= len(headers):
        return at_end(bare, lines)
    rows = bare.split("\n")
    cut = sum(len(row) + 1 for row in rows[: headers[after][0] - 1])
    return f"{bare[:cut]}{block(lines)}{bare[cut:]}"


def _whole(text: str) -> str:
    """End the last line; a mark tells that the line break is ours, so that taking out gives the bytes back."""
    return text if not text or text.endswith("\n") else f"{text}{_JOINT}"
