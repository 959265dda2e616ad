"""One figure of a benchmark."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure, beside its peer's or its limit.

    ``peer`` names what it is compared with: another library in the same run, or ``limit`` for a promise we made.
    ``ratio`` is value / peer_value; above 1 is better for rates, below 1 for times and sizes.
    """

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None

    def as_json(self) -> dict[str, str | float | None]:
        """Give the row as results.json keeps it."""
        ratio = self.value / self.peer_value if self.peer_value else None
        return asdict(self) | {"value": _short(self.value), "ratio": _short(ratio)}


def _short(number: float | None) -> float | None:
    """Keep four significant digits: more would be noise."""
    return None if number is None else float(f"{number:.4g}")
