"""Find out which PBX this is: by its files, and by what the running one tells."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from deploy.attach import blocks
from deploy.attach.errors import AttachError
from deploy.attach.facts import FoundPlaces, FoundTrees, PbxFolders, Survey
from deploy.attach.machine import Machine
from deploy.attach.places import Place, find_place
from deploy.attach.reading import endpoints, numbers
from deploy.attach.reading.distributions import recognise
from deploy.attach.reading.tree import ConfTree, read_tree

_DIRECTORY: Final = {"astetcdir": "etc", "astspooldir": "spool", "astlogdir": "log", "astmoddir": "modules"}
_TOLD: Final = {
    "Configuration directory": "etc",
    "Spool directory": "spool",
    "Log directory": "log",
    "Module directory": "modules",
}
_VERSION: Final = re.compile(r"Asterisk (?:certified/)?(\S+)")
_ENDPOINT: Final = re.compile(r"^ Endpoint:\s+(\S+?)(?:/\S+)?\s{2,}", re.MULTILINE)
_PARAMETER: Final = re.compile(r"^ (\w+) +: (.*)$", re.MULTILINE)
_IDENTIFY: Final = re.compile(r"^\s+Identify:\s+\S+/(\S+)", re.MULTILINE)
_REGISTRATION: Final = re.compile(r"^ (\S+)/\S+\s+(\S+)", re.MULTILINE)
_MOST_TOLD: Final = 300
"""Endpoints that only the running PBX knows; each is one question."""
_USER: Final = "asterisk"


class _WithoutOurs:
    """The machine's files as they would be without our blocks."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def text(self, path: str) -> str:
        return blocks.without_block(self._machine.text(path))

    def matching(self, pattern: str) -> Sequence[str]:
        return self._machine.matching(pattern)


def survey(machine: Machine, asterisk_conf: str) -> Survey:
    """Find out everything.

    Raises:
        AttachError: there is no Asterisk.
    """
    files = _WithoutOurs(machine)
    told = dict(_pairs(machine.ask("core show settings")))
    main = read_tree(files, asterisk_conf, asterisk_conf.rpartition("/")[0])
    folders = _folders(main, told)
    if not machine.is_there(folders.etc) or not (main.is_there or machine.is_there(f"{folders.etc}/extensions.conf")):
        raise AttachError(
            f"no Asterisk was found: {asterisk_conf} and {folders.etc} are not there. Run this on the PBX's machine; "
            "another place is told by --asterisk-conf"
        )

    def tree(name: str) -> ConfTree:
        return read_tree(files, f"{folders.etc}/{name}", folders.etc)

    trees = FoundTrees(
        tree("manager.conf"), tree("cel.conf"), tree("cel_custom.conf"), tree("extensions.conf"), tree("modules.conf")
    )
    pjsip = tree("pjsip.conf")
    peers = {"SIP": tree("sip.conf"), "IAX2": tree("iax.conf")}
    wizard, queues = tree("pjsip_wizard.conf"), tree("queues.conf")
    candidates = [
        *endpoints.pjsip_candidates(pjsip),
        *endpoints.wizard_candidates(wizard),
        *(one for technology, peer in peers.items() for one in endpoints.peer_candidates(peer, technology)),
    ]
    candidates += _told_endpoints(machine, {one.name for one in candidates if one.technology == "PJSIP"})
    found = endpoints.sort_out(candidates)
    user, group = _account(machine, main, told, folders)
    distribution = recognise(machine.is_there, folders.etc)
    return Survey(
        distribution=distribution,
        release=_release(machine),
        version=(_VERSION.search(machine.ask("core show version")) or [""] * 2)[1],
        folders=folders,
        user=user,
        group=group,
        endpoints=found,
        queues=numbers.queues(queues),
        time_conditions=numbers.time_conditions(trees.extensions),
        dids=numbers.dids(trees.extensions, (trunk.context for trunk in found.trunks)),
        zone=machine.zone(),
        trees=trees,
        places=FoundPlaces(*(_place(machine, one, folders.etc) for one in trees)),
        loaded=frozenset(_loaded(machine.ask("module show"))),
        problems=tuple(
            dict.fromkeys(problem for one in (*trees, pjsip, *peers.values(), queues) for problem in one.problems)
        ),
    )


def _folders(main: ConfTree, told: dict[str, str]) -> PbxFolders:
    """What the running PBX says goes before its file; a section that is only a template is not in force."""
    directories = main.section("directories")
    written = {field: directories.get(key) for key, field in _DIRECTORY.items()} if directories else {}
    running = {field: told.get(key, "") for key, field in _TOLD.items()}
    known = {field: value for field, value in written.items() if value.startswith("/")}
    known |= {field: value for field, value in running.items() if value.startswith("/")}
    return PbxFolders(**{field: value.rstrip("/") for field, value in known.items()})


def _account(machine: Machine, main: ConfTree, told: dict[str, str], folders: PbxFolders) -> tuple[str, str]:
    running_user, _, running_group = told.get("User name and group", "").partition("/")
    user = running_user or main.value("options", "runuser") or machine.owner_of(folders.monitor)
    group = running_group or main.value("options", "rungroup") or user
    return user or _USER, group or _USER


def _release(machine: Machine) -> str:
    """Give the distribution's own version, where one of its files tells it."""
    for path in ("/etc/schmooze/pbx-version", "/etc/issabel-version", "/usr/share/wazo/WAZO-VERSION", "/etc/version"):
        text = machine.text_or_none(path) if machine.is_there(path) else None
        if text:
            return text.strip().splitlines()[0][:40]
    return ""


def _place(machine: Machine, tree: ConfTree, etc: str) -> Place:
    return find_place(tree, is_link=lambda path: machine.is_link(path, etc), is_there=machine.is_there)


def _pairs(answer: str) -> Iterator[tuple[str, str]]:
    for line in answer.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()


def _loaded(answer: str) -> Iterator[str]:
    for line in answer.splitlines():
        name = line.partition(" ")[0]
        if name.endswith(".so"):
            yield name.removesuffix(".so")


def _told_endpoints(machine: Machine, known: set[str]) -> Iterator[endpoints.Candidate]:
    """Yield the endpoints that no file has: kept in a database, or made by a program (``#exec``)."""
    names = [name for name in _ENDPOINT.findall(machine.ask("pjsip show endpoints")) if name not in known]
    unknown = list(dict.fromkeys(name for name in names if not name.startswith("<")))[:_MOST_TOLD]
    if not unknown:
        return
    registered = {login for _, login in _REGISTRATION.findall(machine.ask("pjsip show registrations"))}
    for name in unknown:
        answer = machine.ask(f"pjsip show endpoint {name}")
        values = {key.lower(): value.strip() for key, value in _PARAMETER.findall(answer)}
        values["identify"] = (_IDENTIFY.search(answer) or ["", ""])[1]
        login = values.get("outbound_auth", "")
        yield endpoints.told_candidate(name, values, registers_outside=bool(login) and login in registered)
