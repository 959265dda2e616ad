"""Attaching to a PBX on another machine: the same way, with a copy to look at and a pipe to write by."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

from deploy.attach import applying, settings_file, texts, undoing
from deploy.attach.afar.collected import CollectedMachine
from deploy.attach.afar.orders import packed
from deploy.attach.afar.pipe import Pipe
from deploy.attach.attaching import OK, Attaching
from deploy.attach.facts import Survey
from deploy.attach.journal import Journal
from deploy.attach.machine import Machine
from deploy.attach.plan import DAEMON, AttachPlan, FolderChange
from deploy.attach.settings_file import AmiLogin
from deploy.attach.wishes import AttachWishes, say, say_all
from telephony.postgres.migrations import MigrationSource
from telephony.settings import TelephonySettings

_LOCAL_AMI: Final = 15038
"""The tunnel's end here: 5038 may be an Asterisk's of this machine."""
_LOOPBACK: Final = "127.0.0.1"
_ANY: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - only compared with
_STATE: Final = "-attach-afar"
"""Our folder on the PBX's machine, beside where Ringback would keep its own."""


class AfarAttaching(Attaching):
    """One attach over ssh; ``pipe`` is the way there."""

    def __init__(
        self,
        wishes: AttachWishes,
        model: type[TelephonySettings],
        sources: Sequence[MigrationSource],
        answer: Callable[[str], str],
        machine: CollectedMachine,
        state: Path,
        own: Machine,
        pipe: Pipe,
    ) -> None:
        super().__init__(wishes, model, sources, answer, machine, state, own)
        self._afar = machine
        self._pipe = pipe

    def _plan(self, found: Survey, journal: Journal) -> tuple[TelephonySettings, AttachPlan]:
        settings, plan = super()._plan(found, journal)
        ours = self._wishes.config.rpartition("/")[0]
        plan.folders = [folder for folder in plan.folders if folder.path == ours] + self._folders(plan, found)
        plan.groups.clear()  # the daemon's user is nobody there
        return settings, plan

    def _login(self, found: Survey, written: str) -> AmiLogin:
        login = super()._login(found, written)
        return login if written else login._replace(host=_LOOPBACK, port=_LOCAL_AMI)

    def _as_the_pbx_sees(self, found: Survey, login: AmiLogin) -> AmiLogin:
        tree = found.trees.manager
        return login._replace(host=texts.ami_host(tree), port=texts.ami_port(tree))

    def _settings_text(self, found: Survey, login: AmiLogin) -> str:
        return settings_file.settings_text(found, login, self._wishes.home, self._wishes.mounted)

    def _write(self, journal: Journal, plan: AttachPlan, found: Survey) -> None:
        config = self._wishes.config
        ours = {config, config.rpartition("/")[0]}
        files = [change for change in plan.files if change.path not in ours]
        there = [folder for folder in plan.folders if folder.path not in ours]
        changed = [change.path for change in files]
        self._afar.orders.clear()
        for _ in applying.reload(self._afar, found, changed, load=True):
            pass
        sent = packed(files, there, self._afar.orders)
        said = self._pipe.run("apply.sh", f"{self._wishes.home}{_STATE}", self._wishes.console, given=sent)
        say_all(f"done on {self._wishes.on}", said.decode(errors="replace").splitlines())
        here = AttachPlan(
            [change for change in plan.files if change.path in ours],
            [folder for folder in plan.folders if folder.path in ours],
        )
        say_all("done here", list(applying.apply(self._own, journal, here)))

    def _folders(self, plan: AttachPlan, found: Survey) -> list[FolderChange]:
        """Return the folders on the PBX's machine, where the daemon's user is nobody."""
        above = (found.folders.log, found.folders.monitor)
        there = [folder for folder in plan.folders if folder.path.startswith(above)]
        if self._wishes.mounted is not None:
            there.append(FolderChange(f"{self._wishes.home}-prompts", "root", found.group or "root", 0o2750, keep=True))
        return [folder._replace(group="root") if folder.group == DAEMON else folder for folder in there]

    @contextlib.asynccontextmanager
    async def _reach(self, settings: TelephonySettings, found: Survey) -> AsyncIterator[None]:
        pbx, tree = settings.pbx[0], found.trees.manager
        there = f"{texts.ami_host(tree)}:{texts.ami_port(tree)}"
        listens = settings.voice.host if settings.voice.host not in _ANY else _LOOPBACK
        us = f"{listens}:{settings.voice.port}"
        forward = f"-L {_LOOPBACK}:{pbx.port}:{there} -R {_LOOPBACK}:{settings.voice.port}:{us}"
        say_all(
            "the daemon reaches the PBX by a tunnel, which this command opens for itself only; as a service of yours:",
            [f"ssh -N -o ExitOnForwardFailure=yes -o ServerAliveInterval=15 {forward} {self._wishes.on}"],
        )
        if self._wishes.mounted is None:
            say("\nwithout --mounted there are no recordings, no CEL and no spoken sentences: docs/attach.md")
        async with self._pipe.tunnel(pbx.port, there, settings.voice.port, us):
            yield


def undo_afar(own: Machine, journal: Journal, pipe: Pipe, wishes: AttachWishes) -> int:
    """Put everything back, there and here; return the exit code."""
    said = pipe.run("undo.sh", f"{wishes.home}{_STATE}", wishes.console)
    say_all(f"undone on {wishes.on}", said.decode(errors="replace").splitlines())
    if journal.steps:
        done = list(applying.undo_commands(journal))
        done += [f"{path}: {way.value}" for path, way in undoing.undo_files(own, journal)]
        done += [f"{path}: {what}" for path, what in undoing.undo_folders(own, journal)]
        say_all("undone here", done)
        journal.forget()
    return OK
