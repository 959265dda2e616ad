"""What the sheet to read aloud says around its sentences; each language has its own."""

from typing import NamedTuple


class ScriptHeads(NamedTuple):
    """The words around the sentences."""

    title: str
    advice: tuple[str, ...]
    """How to read; one sentence a line."""
    callers: str
    managers: str
    end: str
    """What is not on the sheet, and why."""
