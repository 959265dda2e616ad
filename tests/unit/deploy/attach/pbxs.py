"""Trees of PBXs in `trees/`, as their own public sources write them (the formats are theirs, the companies made up)."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ETC = "/etc/asterisk"
_MARK = "===== "
_NO_BREAK = "(no line break at the end)"


class PlantedPbx(NamedTuple):
    """Files by path, and links by path."""

    files: Mapping[str, str]
    links: Mapping[str, str]


def _read(name: str) -> PlantedPbx:
    files: dict[str, str] = {}
    links: dict[str, str] = {}
    path = ""
    for line in (Path(__file__).parent / "trees" / f"{name}.txt").read_text(encoding="utf-8").splitlines(keepends=True):
        head = line.removeprefix(_MARK).rstrip("\n")
        if not line.startswith(_MARK):
            files[path] += line
        elif head == _NO_BREAK:
            files[path] = files[path].rstrip("\n")
        elif " -> " in head:
            link, target = head.split(" -> ")
            links[link] = target
        else:
            path = head
            files[path] = ""
    return PlantedPbx(files, links)


DEBIAN, FREEPBX, ISSABEL, VITALPBX, WAZO, MIKOPBX = map(
    _read, ("debian", "freepbx", "issabel", "vitalpbx", "wazo", "mikopbx")
)
INCREDIBLE = FREEPBX._replace(files={**FREEPBX.files, "/etc/pbx/.version": "2026\n"})
EVERY = {
    "Asterisk": DEBIAN,
    "FreePBX": FREEPBX,
    "Incredible PBX": INCREDIBLE,
    "Issabel": ISSABEL,
    "VitalPBX": VITALPBX,
    "Wazo": WAZO,
}


def plant(root: Path, pbx: PlantedPbx) -> Path:
    """Lay a PBX's tree out below ``root``."""
    for path, text in pbx.files.items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o640)
    for path, target in pbx.links.items():
        (root / path.lstrip("/")).symlink_to(target)
    return root
