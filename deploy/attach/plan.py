"""What would be written (pure): each file as it would be, the folders, and what a person has to do instead.

Planning twice gives nothing the second time: files are judged as they would be without our blocks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from deploy.attach import blocks, texts
from deploy.attach.facts import Survey
from deploy.attach.places import Place, PlaceKind
from deploy.attach.reading.lines import ends_in_comment
from deploy.attach.reading.tree import ConfSection
from deploy.attach.settings_file import AmiLogin
from telephony.settings import TelephonySettings, VoiceSettings
from telephony.voice.dialplan import render

DAEMON = "ringback"
"""The daemon's user, as the package makes it."""
_BY_COMMAND = "; Written by `ringback dialplan`"
"""How a file begins that somebody made by hand with our command."""

_EMPTY = ConfSection("", "")

TextOf = Callable[[str], str | None]
"""A file's text as it is; None if it is not there."""


class FileChange(NamedTuple):
    """One file as it would be."""

    path: str
    before: str | None
    after: str
    like: str = ""
    """The file whose owner and mode a new one gets; empty: root's alone."""
    secret: bool = False
    """Nobody else may read it."""


class FolderChange(NamedTuple):
    """One folder that must be there."""

    path: str
    user: str
    group: str
    mode: int
    keep: bool = False
    """Leave it as it is if it is there."""


@dataclass(slots=True)
class AttachPlan:
    """All of it."""

    files: list[FileChange] = field(default_factory=list)
    folders: list[FolderChange] = field(default_factory=list)
    groups: list[tuple[str, str]] = field(default_factory=list)
    """User and group: who is to be in it."""
    notes: list[str] = field(default_factory=list)
    """What was not planned, and what a person does instead."""


def make_plan(
    survey: Survey,
    login: AmiLogin,
    settings: TelephonySettings,
    text: str | None,
    path: str,
    text_of: TextOf,
) -> AttachPlan:
    """Plan everything.

    Args:
        survey: what was found.
        login: the AMI user that the settings name.
        settings: as they will hold.
        text: the settings file as it would be; None leaves it alone.
        path: of the settings file.
        text_of: reads a file.
    """
    planner = _Planner(survey, text_of)
    if text is not None:
        planner.change(path, text, secret=True)
    planner.manager(login)
    planner.cel()
    planner.dialplan(settings.voice)
    planner.modules()
    planner.folders(str(settings.voice.folder), path.rpartition("/")[0])
    return planner.plan


class _Planner:
    def __init__(self, survey: Survey, text_of: TextOf) -> None:
        self._survey = survey
        self._text_of = text_of
        self.plan = AttachPlan()

    def change(self, path: str, after: str, *, like: str = "", secret: bool = False) -> None:
        before = self._text_of(path)
        if before != after:
            self.plan.files.append(FileChange(path, before, after, like, secret))

    def manager(self, login: AmiLogin) -> None:
        survey = self._survey
        tree, place = survey.trees.manager, survey.places.manager
        if tree.section(login.user) is not None:
            self.plan.notes.append(
                f"manager.conf has a user [{login.user}] that we did not write: it is left as it is. `ringback check` "
                "tells whether its secret, rights and filters are right"
            )
            return
        general = texts.manager_general(tree)
        header = "[general](+)\n" if tree.section("general") is not None else "[general]\n"
        lines = (f"{header}{general}\n" if general else "") + texts.ami_user(login, survey.version)
        self._put(place, lines, like=tree.main, secret=True)

    def cel(self) -> None:
        trees, places = self._survey.trees, self._survey.places
        lines = texts.cel_general(trees.cel)
        if lines and places.cel.kind is PlaceKind.OWN_FILE and places.cel.inside != "general":
            known = trees.cel.section("general") is not None
            lines = f"[general]{'(+)' if known else ''}\n{lines}"
            self._put(places.cel, lines, like=trees.cel.main)
        elif lines:
            self._put(places.cel, lines, like=trees.cel.main, section="general")
        if not trees.cel_custom.value("mappings", "ringback.csv"):
            self._put(places.cel_custom, texts.cel_mapping(), like=trees.cel.main, section="mappings")

    def dialplan(self, voice: VoiceSettings) -> None:
        survey = self._survey
        tree, place = survey.trees.extensions, survey.places.extensions
        text = render(voice, survey.distribution.dialplan)
        if not tree.is_there:
            self.plan.notes.append(f"{tree.main} is not there: callbacks need our contexts in the dialplan")
            return
        own = place.path if place.kind is PlaceKind.OWN_FILE else f"{survey.folders.etc}/ringback.conf"
        there = self._text_of(own)
        if there and not blocks.has_block(there) and not there.startswith(_BY_COMMAND):
            self.plan.notes.append(f"{own} is there, and is not ours: the dialplan was not written")
            return
        if place.kind is PlaceKind.NOWHERE:
            self._refused(place, f'#include "{own}"')
        self.change(own, blocks.block(text), like=tree.main)
        included = any(own in (*include.found, include.pattern) for include in tree.includes)
        if place.kind is PlaceKind.BLOCK and not included:
            self._put(place, '#include "ringback.conf"\n', like=tree.main)

    def modules(self) -> None:
        lines = texts.module_lines(self._survey)
        if lines and self._survey.distribution.dialplan.value == "asterisk":
            modules = self._survey.trees.modules
            self._put(self._survey.places.modules, lines, like=modules.main, section="modules")
        if blocked := [
            name
            for name in texts.MODULES
            if f"{name}.so" in (self._survey.trees.modules.section("modules") or _EMPTY).all("noload")
        ]:
            self.plan.notes.append(f"modules.conf says noload for {', '.join(blocked)}: take those lines out")

    def folders(self, prompts: str, settings: str) -> None:
        survey = self._survey
        user, group = survey.user or "root", survey.group or "root"
        shared = DAEMON if group == "root" else group  # nobody is put into root's group; root writes anywhere
        self.plan.folders = [
            FolderChange(settings, "root", "root", 0o711, keep=True),
            FolderChange(f"{survey.folders.log}/cel-custom", user, shared, 0o2750, keep=True),
            FolderChange(f"{survey.folders.monitor}/ringback", user, shared, 0o2770),
            FolderChange(prompts, DAEMON, group, 0o2750),
        ]
        if group != "root":
            self.plan.groups.append((DAEMON, group))

    def _put(self, place: Place, lines: str, *, like: str, section: str = "", secret: bool = False) -> None:
        text = self._text_of(place.path) or ""
        if place.kind is not PlaceKind.NOWHERE and ends_in_comment(blocks.without_block(text)):
            place = place._replace(kind=PlaceKind.NOWHERE, why_not=f"{place.path} ends within a comment (`;--`)")
        if place.kind is PlaceKind.NOWHERE:
            self._refused(place, lines)
        elif place.kind is PlaceKind.OWN_FILE:
            if text and blocks.without_block(text).strip():
                place = place._replace(why_not=f"{place.path} is there, and is not ours")
                self._refused(place, lines)
                return
            self.change(place.path, blocks.block(lines), like=like, secret=secret)
        elif section:
            after = blocks.in_section(text, section, lines, implied=place.inside == section)
            self.change(place.path, after, like=like, secret=secret)
        else:
            self.change(place.path, blocks.at_end(text, lines), like=like, secret=secret)

    def _refused(self, place: Place, lines: str) -> None:
        by_hand = "".join(f"\n      {line}" for line in lines.rstrip().splitlines()[:4])
        more = "\n      ..." if lines.count("\n") > 4 else ""  # noqa: PLR2004 - as many as were shown
        self.plan.notes.append(f"{place.why_not}. Put this where it belongs by hand:{by_hand}{more}")
