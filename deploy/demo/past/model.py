"""Who and what a made-up past consists of."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sound:
    """A kept recording that many talks of the past share."""

    path: str
    size: int
    """Bytes."""
    sha256: bytes
    seconds: float
    levels: tuple[float, float]
    voiced: tuple[float, float]
    peaks: tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Staff:
    """A manager: their extension is their id."""

    extension: str
    name: str


@dataclass(slots=True)
class Past:
    """Rows by table; each is a mapping from column to value, all of a table with the same columns."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, **row: object) -> None:
        """Add a row."""
        self.rows[table].append(row)
