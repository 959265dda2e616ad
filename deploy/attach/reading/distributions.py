"""Which PBX this is, by the files that are there (pure), and what that means for us."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from telephony.voice.dialplan import Kind


class Distribution(StrEnum):
    """A PBX as people call it."""

    ASTERISK = "Asterisk"
    FREEPBX = "FreePBX"
    INCREDIBLE = "Incredible PBX"
    ISSABEL = "Issabel"
    VITALPBX = "VitalPBX"
    MIKOPBX = "MikoPBX"
    WAZO = "Wazo"

    @property
    def dialplan(self) -> Kind:
        """Whose ways our dialplan has to fit."""
        return Kind.FREEPBX if self in _LIKE_FREEPBX else Kind.ASTERISK

    @property
    def rewrites(self) -> bool:
        """Whether it writes all of Asterisk's files anew by itself: nothing that we write there would last."""
        return self is Distribution.MIKOPBX


_LIKE_FREEPBX: Final = frozenset({Distribution.FREEPBX, Distribution.INCREDIBLE, Distribution.ISSABEL})
_MARKS: Final = (
    (Distribution.MIKOPBX, ("/etc/inc/mikopbx-settings.json", "/cf/conf/mikopbx.db")),
    (Distribution.WAZO, ("/etc/wazo-confd", "/etc/wazo-calld", "@/extensions.d/01-wazo.conf")),
    (Distribution.VITALPBX, ("@/vitalpbx", "@/ombutel")),
    (Distribution.ISSABEL, ("/etc/issabel.conf",)),
    (Distribution.INCREDIBLE, ("/etc/pbx/.version", "/etc/pbx/.color")),
    (Distribution.FREEPBX, ("/etc/freepbx.conf", "/etc/amportal.conf", "@/extensions_additional.conf")),
)
"""``@`` is Asterisk's configuration folder; the first that fits counts."""


def recognise(is_there: Callable[[str], bool], etc: str) -> Distribution:
    """Tell which one it is; a plain Asterisk has no mark."""
    for distribution, marks in _MARKS:
        if any(is_there(mark.replace("@", etc.rstrip("/"), 1)) for mark in marks):
            return distribution
    return Distribution.ASTERISK


def all_marks() -> list[str]:
    """Return every mark, to be looked for by somebody else."""
    return [mark for _, marks in _MARKS for mark in marks]
