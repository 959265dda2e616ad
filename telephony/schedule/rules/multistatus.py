"""What a CalDAV server answers to a calendar-query (RFC 4791, 7.8): WebDAV's multistatus, iCalendar texts in XML.

Only the texts are taken. A document type is refused: it is where XML's bombs and outside entities live.
"""

from typing import Final
from xml.parsers import expat

from telephony.schedule.errors import ScheduleUnreadable

_ROOT: Final = "DAV: multistatus"
_STATUS: Final = "DAV: status"
_TEXT: Final = "urn:ietf:params:xml:ns:caldav calendar-data"
_INSUFFICIENT_STORAGE: Final = " 507 "


class _Reader:
    """Hears the parser; no more than one element is kept at a time."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.cut_short = False
        self._root = ""
        self._heard: list[str] | None = None

    def begin(self, name: str, _attributes: object) -> None:
        self._root = self._root or name
        if self._root != _ROOT:
            raise ValueError("a web page, perhaps one to log in")
        self._heard = [] if name in {_TEXT, _STATUS} else None

    def hear(self, letters: str) -> None:
        if self._heard is not None:
            self._heard.append(letters)

    def end(self, name: str) -> None:
        content = "".join(self._heard or ()).strip()
        self._heard = None
        if name == _TEXT and content:
            self.texts.append(content)
        self.cut_short = self.cut_short or (name == _STATUS and _INSUFFICIENT_STORAGE in content)


def _refuse(*_: object) -> None:
    raise ValueError("a document type, which WebDAV has no use for: a web page, perhaps one to log in")


def calendar_texts(body: bytes, source: str) -> list[str]:
    """Return the iCalendar texts of an answer.

    Raises:
        ScheduleUnreadable: it is no multistatus, or the server kept a part of it back.
    """
    reader, parser = _Reader(), expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = reader.begin, reader.end
    parser.CharacterDataHandler = reader.hear
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes it by place only
    except (expat.ExpatError, ValueError) as error:
        raise ScheduleUnreadable(f"{source}: no calendar: {error}") from None
    if reader.cut_short:
        raise ScheduleUnreadable(f"{source}: the server told only a part of its events; make that calendar smaller")
    return reader.texts
