"""In which file each part of ours goes (pure).

Where the PBX has a folder of drop-ins (Debian's ``manager.d``, Wazo's ``*.d``, VitalPBX's ``vitalpbx/manager__*.conf``)
we put a file of our own there. Where it has a ``_custom`` file (FreePBX and its kin) our block goes into that one, else
into the main file. A link is never written through: then a person is told what to do.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from deploy.attach.reading.tree import ConfInclude, ConfTree

_OWN: Final = "90-ringback"


class PlaceKind(StrEnum):
    """How our lines get there."""

    OWN_FILE = "own file"
    BLOCK = "block"
    NOWHERE = "nowhere"


class Place(NamedTuple):
    """Where one part goes."""

    kind: PlaceKind
    path: str
    """Of the file; for `NOWHERE` the one that could not be taken."""
    inside: str = ""
    """The section in which the file is included: its first lines need no header."""
    why_not: str = ""


def find_place(tree: ConfTree, *, is_link: Callable[[str], bool], is_there: Callable[[str], bool]) -> Place:
    """Choose the place for what belongs to ``tree``'s main file.

    Args:
        tree: the main file with its includes.
        is_link: whether a path, or a folder on the way below the configuration folder, is a link.
        is_there: whether a path exists.
    """
    main = PurePosixPath(tree.main)
    for include in tree.includes:
        own = _own_file(include)
        if own and is_there(str(PurePosixPath(own).parent)) and not is_link(own):
            return Place(PlaceKind.OWN_FILE, own, include.section)
    for include in tree.includes:
        custom = PurePosixPath(include.pattern)
        if custom.name.startswith(main.stem) and custom.name.endswith("_custom.conf") and not is_link(str(custom)):
            return Place(PlaceKind.BLOCK, str(custom), include.section)
    if is_link(tree.main):
        return Place(PlaceKind.NOWHERE, tree.main, why_not=f"{tree.main} is a link, and nothing is written through one")
    return Place(PlaceKind.BLOCK, tree.main)


def _own_file(include: ConfInclude) -> str:
    """Name a file of ours that the glob takes, after all others; empty if it is no glob of a folder."""
    pattern = PurePosixPath(include.pattern)
    if "*" not in pattern.name or "*" in str(pattern.parent) or any(sign in pattern.name for sign in "?["):
        return ""
    before, _, after = pattern.name.partition("*")
    if "*" in after or "custom" in pattern.name:
        return ""
    name = f"{before}{_OWN}{after}" if before else f"ringback{after or '.conf'}"
    return str(pattern.with_name(name))
