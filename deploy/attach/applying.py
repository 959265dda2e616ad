"""Carry the plan out: folders, files, group; then Asterisk reloads what was changed, and no more."""

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from typing import Final

from deploy.attach import texts
from deploy.attach.facts import Survey
from deploy.attach.journal import CommandStep, GroupStep, Journal
from deploy.attach.machine import Machine
from deploy.attach.plan import AttachPlan
from deploy.attach.writing import make_folder, write_change

SERVICE: Final = "ringback.service"
_UNITS: Final = ("/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system")


def apply(machine: Machine, journal: Journal, plan: AttachPlan) -> Iterator[str]:
    """Do it all; yield each thing that was done, in words.

    Raises:
        AttachError: something is not as it was planned for; what was done so far is in the journal.
    """
    for folder in plan.folders:
        if make_folder(machine, journal, folder):
            yield f"made {folder.path}"
    for change in plan.files:
        write_change(machine, journal, change)
        yield f"wrote {change.path}"
    for user, group in plan.groups:
        if _join(machine, journal, user, group):
            yield f"put {user} into the group {group}"


def reload(machine: Machine, survey: Survey, paths: Iterable[str], *, load: bool) -> Iterator[str]:
    """Let Asterisk read what was changed, and ``load`` modules that are needed; yield the commands for it."""
    changed = set(paths)
    commands = []
    places = survey.places
    if places.manager.path in changed:
        commands.append("manager reload")
    if load and survey.loaded:
        commands += [f"module load {name}.so" for name in texts.MODULES if name not in survey.loaded]
    if places.cel_custom.path in changed:
        commands.append("module reload cel_custom.so")
    if places.cel.path in changed:
        commands.append("module reload cel")
    dialplan = {places.extensions.path, f"{survey.folders.etc}/ringback.conf"}
    if dialplan & changed:
        commands.append("dialplan reload")
    for command in commands:
        machine.ask(command)
        yield command


def start_service(machine: Machine, journal: Journal, *, changed: bool) -> bool:
    """Start the daemon by systemd, where that is this machine's and has the unit; tell whether it is its business.

    One that runs is left alone unless its settings ``changed``.
    """
    if not has_service(machine):
        return False
    if not changed and _systemctl("is-active", SERVICE):
        return True
    if _systemctl("is-enabled", SERVICE):
        return _systemctl("restart", SERVICE)
    journal.note(CommandStep(("systemctl", "disable", "--now", SERVICE)))
    return _systemctl("enable", "--now", SERVICE)


def has_service(machine: Machine) -> bool:
    """Tell whether systemd runs here and knows the daemon."""
    here = str(machine.root) == "/" and machine.is_there("/run/systemd/system")
    return here and any(machine.is_there(f"{place}/{SERVICE}") for place in _UNITS)


def undo_commands(journal: Journal) -> Iterator[str]:
    """Take back what is no file; yield what was done."""
    for step in reversed(journal.steps):
        if isinstance(step, CommandStep):
            _run(*step.undo)
            yield " ".join(step.undo)
        elif isinstance(step, GroupStep) and _is_member(step.user, step.group):
            _run("gpasswd", "-d", step.user, step.group)
            yield f"took {step.user} out of the group {step.group}"


def _join(machine: Machine, journal: Journal, user: str, group: str) -> bool:
    """Put a user into a group, on this machine itself only; tell whether that was to be done, and could be."""
    if str(machine.root) != "/" or os.geteuid() != 0 or not _exist(user, group) or _is_member(user, group):
        return False
    journal.note(GroupStep(user, group))
    return _run("usermod", "-a", "-G", group, user)


def _exist(user: str, group: str) -> bool:
    try:
        pwd.getpwnam(user)
        grp.getgrnam(group)
    except KeyError:
        return False
    return True


def _is_member(user: str, group: str) -> bool:
    return _exist(user, group) and user in grp.getgrnam(group).gr_mem


def _systemctl(*words: str) -> bool:
    return _run("systemctl", "--quiet", *words)


def _run(*words: str) -> bool:
    program = shutil.which(words[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        return False
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        [program, *words[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0
