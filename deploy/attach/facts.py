"""What is known of a PBX before anything is written to it (values only)."""

from typing import NamedTuple

from deploy.attach.places import Place
from deploy.attach.reading.distributions import Distribution
from deploy.attach.reading.endpoints import FoundEndpoints
from deploy.attach.reading.tree import ConfTree


class PbxFolders(NamedTuple):
    """Where this PBX keeps what, by its own paths."""

    etc: str = "/etc/asterisk"
    spool: str = "/var/spool/asterisk"
    log: str = "/var/log/asterisk"
    modules: str = "/usr/lib/asterisk/modules"

    @property
    def monitor(self) -> str:
        """Where recordings lie."""
        return f"{self.spool}/monitor"

    @property
    def cel_file(self) -> str:
        """Where our CEL goes."""
        return f"{self.log}/cel-custom/ringback.csv"


class FoundTrees(NamedTuple):
    """The configuration files that we add to, as they are."""

    manager: ConfTree
    cel: ConfTree
    cel_custom: ConfTree
    extensions: ConfTree
    modules: ConfTree


class FoundPlaces(NamedTuple):
    """Where ours goes in each of them."""

    manager: Place
    cel: Place
    cel_custom: Place
    extensions: Place
    modules: Place


class Survey(NamedTuple):
    """All that was found."""

    distribution: Distribution
    release: str
    """Of FreePBX and the like; empty if it does not say."""
    version: str
    """Asterisk's, ``22.10.1``; empty if it does not run."""
    folders: PbxFolders
    user: str
    """Who Asterisk runs as; empty if nobody of that name is here."""
    group: str
    endpoints: FoundEndpoints
    queues: tuple[str, ...]
    time_conditions: tuple[str, ...]
    dids: tuple[str, ...]
    zone: str
    """This machine's IANA zone."""
    trees: FoundTrees
    places: FoundPlaces
    loaded: frozenset[str]
    """Modules, without their suffix; empty if it does not run."""
    problems: tuple[str, ...]
