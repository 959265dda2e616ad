"""A configuration file with all that it includes, as sections (pure: files come by a `ConfigFiles`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from deploy.attach.reading.lines import LineKind, conf_lines

DEEPEST: Final = 10
"""Includes within includes; Asterisk's own limit."""
MOST_FILES: Final = 3_000
"""A tenant-rich VitalPBX has some 550."""
MOST_LETTERS: Final = 64_000_000
"""Of all files together."""
MOST_PROBLEMS: Final = 50


class ConfigFiles(Protocol):
    """Where configuration files come from."""

    def text(self, path: str) -> str:
        """Return a file's text.

        Raises:
            OSError: it cannot be read; `strerror` says why.
        """
        ...

    def matching(self, pattern: str) -> Sequence[str]:
        """Return the paths that fit a glob, in order; a plain path if it is there."""
        ...


@dataclass(slots=True)
class ConfSection:
    """A section, with what it took from its templates."""

    name: str
    file: str
    is_template: bool = False
    settings: list[tuple[str, str]] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """Return the last value of a setting: it wins."""
        return next((value for key, value in reversed(self.settings) if key.lower() == name), default)

    def all(self, name: str) -> list[str]:
        """Return all values of a setting, in order."""
        return [value for key, value in self.settings if key.lower() == name]


class ConfInclude(NamedTuple):
    """One ``#include``."""

    pattern: str
    """A whole path, perhaps with ``*``."""
    file: str
    """In which it stands."""
    section: str
    """In which it stands; empty before the first header."""
    found: tuple[str, ...]


@dataclass(slots=True)
class ConfTree:
    """All of it."""

    main: str
    is_there: bool = False
    sections: list[ConfSection] = field(default_factory=list)
    includes: list[ConfInclude] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    """``#exec`` lines that were seen; none was run."""
    problems: list[str] = field(default_factory=list)

    def real(self) -> Iterator[ConfSection]:
        """Yield the sections that are no templates."""
        return (section for section in self.sections if not section.is_template)

    def section(self, name: str) -> ConfSection | None:
        """Return all sections of that name as one; None if there is none."""
        found = [section for section in self.real() if section.name == name]
        if not found:
            return None
        return ConfSection(name, found[0].file, settings=[pair for section in found for pair in section.settings])

    def value(self, section: str, name: str, default: str = "") -> str:
        """Return a setting's last value."""
        found = self.section(section)
        return found.get(name, default) if found else default


def read_tree(files: ConfigFiles, main: str, etc: str) -> ConfTree:
    """Read ``main`` and what it includes; relative includes lie in ``etc``."""
    tree = ConfTree(main, is_there=bool(files.matching(main)))
    if tree.is_there:
        _Reader(files, etc, tree).read(main, ())
    return tree


class _Reader:
    def __init__(self, files: ConfigFiles, etc: str, tree: ConfTree) -> None:
        self._files = files
        self._etc = etc.rstrip("/")
        self._tree = tree
        self._section: ConfSection | None = None
        self._read = 0
        self._letters = 0

    def read(self, path: str, above: tuple[str, ...]) -> None:
        text = self._text(path, above)
        for line in conf_lines(text):
            match line.kind:
                case LineKind.HEADER:
                    self._begin(line.name, line.options, path)
                case LineKind.SETTING:
                    if self._section is not None:
                        self._section.settings.append((line.name, line.value))
                case LineKind.INCLUDE:
                    self._include(line.name, path, above)
                case LineKind.EXEC:
                    self._tree.commands.append(line.name)

    def _text(self, path: str, above: tuple[str, ...]) -> str:
        self._read += 1
        if path in above:
            return self._problem(f"{path} includes itself by {' > '.join((*above[above.index(path) :], path))}")
        if len(above) > DEEPEST or self._read > MOST_FILES or self._letters > MOST_LETTERS:
            return self._problem(f"{path} was not read: too many, too deep or too large")
        try:
            text = self._files.text(path)
        except OSError as error:
            return self._problem(f"{path} cannot be read: {error.strerror or error}")
        self._letters += len(text)
        return text

    def _problem(self, words: str) -> str:
        if len(self._tree.problems) < MOST_PROBLEMS:
            self._tree.problems.append(words)
        return ""

    def _begin(self, name: str, options: tuple[str, ...], path: str) -> None:
        if "+" in options:
            earlier = next((one for one in reversed(self._tree.sections) if one.name == name), None)
            if earlier is not None:
                self._section = earlier
                return
        self._section = ConfSection(name, path, is_template="!" in options)
        for option in options:
            if option not in {"!", "+"}:
                taken = next((one for one in reversed(self._tree.sections) if one.name == option), None)
                self._section.settings += taken.settings if taken else []
        self._tree.sections.append(self._section)

    def _include(self, name: str, path: str, above: tuple[str, ...]) -> None:
        pattern = name if name.startswith("/") else f"{self._etc}/{name}"
        found = tuple(self._files.matching(pattern))
        section = self._section.name if self._section else ""
        self._tree.includes.append(ConfInclude(pattern, path, section, found))
        for one in found:
            self.read(one, (*above, path))
