"""This machine's apt sources, read only as far as the lab needs: where may `asterisk` be had from?

Debian stable does not carry Asterisk, so on Debian the machine's own mirror is asked for a later suite. Ubuntu carries
it in `universe`. Both ways of writing sources are understood: one-line ``*.list`` and deb822 ``*.sources``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LATER_DEBIAN = ("forky", "sid")
"""Debian suites that carry Asterisk, best first."""
_KEYRINGS = {
    "debian": Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    "ubuntu": Path("/usr/share/keyrings/ubuntu-archive-keyring.gpg"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One apt source of binary packages."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""
    """Path of a keyring, or empty: then apt's trusted keys count."""

    def line(self) -> str:
        """Return it in apt's one-line style."""
        option = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return f"deb {option}{self.uri} {self.suite} {' '.join(self.components)}"


def parse_list(text: str) -> Iterator[Source]:
    """Read a one-line style file; lines that are no binary source are passed over."""
    for raw in text.splitlines():
        words = raw.split("#", 1)[0].split()
        if not words or words.pop(0) != "deb":
            continue
        options: list[str] = []
        if words and words[0].startswith("["):
            while words:
                word = words.pop(0)
                options.append(word.strip("[]"))
                if word.endswith("]"):
                    break
        signed = next((o.partition("=")[2] for o in options if o.startswith("signed-by=")), "")
        if len(words) > 2:  # noqa: PLR2004 - a URI, a suite and at least one component
            yield Source(words[0], words[1], tuple(words[2:]), signed)


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    name = ""
    for raw in [*text.splitlines(), ""]:
        if raw.startswith("#"):
            continue
        if not raw.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif raw[0] in " \t":
            fields[name] = f"{fields.get(name, '')}\n{raw.strip()}"
        else:
            key, _, value = raw.partition(":")
            name = key.strip().lower()
            fields[name] = value.strip()


def parse_deb822(text: str) -> Iterator[Source]:
    """Read a deb822 style file; disabled stanzas and source-only ones are passed over."""
    for fields in _stanzas(text):
        enabled = fields.get("enabled", "yes").lower() not in {"no", "false", "0", "off"}
        if not enabled or "deb" not in fields.get("types", "").split():
            continue
        signed = fields.get("signed-by", "")
        keyring = signed if signed.startswith("/") else ""  # a key written into the file: apt's trusted keys instead
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(uri, suite, tuple(fields.get("components", "").split()), keyring)


def read_machine(folder: Path = Path("/etc/apt")) -> list[Source]:
    """Read all sources of this machine, in apt's order."""
    found: list[Source] = []
    for path in [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]:
        if path.suffix == ".list" and path.is_file():
            found += parse_list(path.read_text(errors="replace"))
        elif path.suffix == ".sources" and path.is_file():
            found += parse_deb822(path.read_text(errors="replace"))
    return found


def os_release(path: Path = Path("/etc/os-release")) -> dict[str, str]:
    """Return the fields of os-release, unquoted; empty if there is none."""
    lines = path.read_text(errors="replace").splitlines() if path.is_file() else []
    return {key: value.strip("\"'") for key, _, value in (line.partition("=") for line in lines) if value}


def _keyed(source: Source, family: str) -> str:
    keyring = _KEYRINGS[family]
    return str(keyring) if keyring.is_file() else source.signed_by


def choices(sources: Iterable[Source], release: dict[str, str]) -> list[list[Source]]:
    """Return sets of sources to try, best first, that should carry Asterisk 16 or later; empty: none is known."""
    words = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    main = [s for s in sources if "main" in s.components and "security" not in f"{s.uri} {s.suite}"]
    if "ubuntu" in words:
        codename = release.get("UBUNTU_CODENAME") or release.get("VERSION_CODENAME", "")
        own = [s for s in main if s.suite.split("-")[0] == codename]
        wide = [Source(s.uri, s.suite, ("main", "universe"), _keyed(s, "ubuntu")) for s in own]
        return [wide] if wide else []
    if "debian" in words:
        codename = release.get("VERSION_CODENAME", "")
        own = [s for s in main if s.suite in {codename, "stable", "testing", "unstable", "sid"}]
        return [
            [Source(source.uri, suite, ("main",), _keyed(source, "debian"))]
            for source in own[:1]
            for suite in LATER_DEBIAN
        ]
    return []
