"""What Russian and Ukrainian numerals have in common; each language brings its words."""

from dataclasses import dataclass

_FIRST_TENS = 20
"""Below it each number has a word of its own."""


@dataclass(frozen=True, slots=True)
class Numerals:
    """A language's words for numbers, in the masculine nominative."""

    units: tuple[str, ...]
    """0 to 19."""
    tens: tuple[str, ...]
    """20, 30 ... 90."""
    hundreds: tuple[str, ...]
    """100, 200 ... 900."""
    ordinals: tuple[str, ...]
    """First to twentieth, then thirtieth."""
    feminine: dict[str, str]
    """The forms of one and two that differ."""

    def cardinal(self, count: int) -> str:
        """Return 0 to 999 in words."""
        hundreds, rest = divmod(count, 100)
        words = [self.hundreds[hundreds - 1]] if hundreds else []
        if rest >= _FIRST_TENS:
            words.append(self.tens[rest // 10 - 2])
            rest %= 10
        if rest or not words:
            words.append(self.units[rest])
        return " ".join(words)

    def feminine_cardinal(self, count: int) -> str:
        """Return 0 to 999 in words that agree with a feminine noun."""
        *head, last = self.cardinal(count).split()
        return " ".join([*head, self.feminine.get(last, last)])

    def ordinal(self, count: int) -> list[str]:
        """Return 1 to 39 as words; only the last of them is declined."""
        if count <= _FIRST_TENS:
            return [self.ordinals[count - 1]]
        tens, rest = divmod(count, 10)
        return [self.tens[tens - 2], self.ordinals[rest - 1]] if rest else [self.ordinals[-1]]

    def ordinal_with(self, count: int, ending: str) -> str:
        """Return 1 to 39 declined: the last word's ending (two letters) replaced."""
        *head, last = self.ordinal(count)
        return " ".join([*head, last[:-2] + ending])

    def group(self, digits: str) -> str:
        """Read up to three digits of a phone number as a number, its zeros first."""
        bare = digits.lstrip("0")
        zeros = [self.units[0]] * (len(digits) - len(bare))
        return " ".join([*zeros, self.cardinal(int(bare))] if bare else zeros)


def governing(count: int) -> int:
    """Return the digit that governs the noun; 0 for the teens, which govern as zero does."""
    return 0 if 10 < count % 100 < _FIRST_TENS else count % 10  # noqa: PLR2004 - the teens


def plural(count: int, one: str, few: str, many: str) -> str:
    """Choose the noun's form after ``count``: 1, 2 to 4, the others."""
    match governing(count):
        case 1:
            return one
        case 2 | 3 | 4:
            return few
        case _:
            return many


# Tables of words.
def words(text: str) -> tuple[str, ...]:
    """Cut a line of words: long tables are easier to read without quotes."""
    return tuple(text.split())
