"""``ringback attach``: the conversation with the administrator."""

import argparse
import contextlib
import os
import secrets
import sys
import time
import tomllib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from deploy.attach import applying, blocks, settings_file, showing, texts, undoing
from deploy.attach.daemon import borrowed_daemon, until_well
from deploy.attach.errors import AttachError
from deploy.attach.facts import Survey
from deploy.attach.journal import Journal, digest, open_journal
from deploy.attach.machine import Machine, encoded
from deploy.attach.plan import AttachPlan, make_plan
from deploy.attach.survey import survey as find_out
from deploy.attach.trial import place_trial
from telephony.checkup.everything import run_check
from telephony.commands.ledger import opened
from telephony.configuration.environment import overlay
from telephony.configuration.load import load
from telephony.daemon.terminal_text import plain
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId, is_endpoint, is_manager_id
from telephony.directory.store import DirectoryStore
from telephony.postgres.migrations import MigrationSource
from telephony.settings import TelephonySettings
from telephony.voice.dialplan import by_hand

_ASTERISK_CONF: Final = "/etc/asterisk/asterisk.conf"
_QUESTION: Final = "\nWrite this? yes, no, or an extension whose telephone may ring for a test call: "
_OK, _FAILED = 0, 1


class AttachWishes(NamedTuple):
    """What the command line asked for."""

    root: Path
    asterisk_conf: str
    console: str
    config: str
    home: str
    dry_run: bool
    yes: bool
    undo: bool
    trial: str
    """The extension that may ring; empty: none."""


def add_attach_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``attach``'s."""
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--undo", action="store_true", help="put every file back as it was before the first attach")
    parser.add_argument(
        "--test-call", default="", metavar="EXTENSION", help="then ring this extension and show the call in the ledger"
    )
    parser.add_argument(
        "--root", type=Path, default=Path("/"), metavar="DIR", help="a copy of a PBX's tree: nothing is run there"
    )
    parser.add_argument("--asterisk-conf", default=_ASTERISK_CONF, metavar="FILE", help=f"default: {_ASTERISK_CONF}")
    parser.add_argument(
        "--asterisk",
        default="asterisk",
        metavar="COMMAND",
        help="Asterisk's console (default: asterisk)",
    )
    parser.add_argument(
        "--settings", default=settings_file.SETTINGS, metavar="FILE", help=f"default: {settings_file.SETTINGS}"
    )
    parser.add_argument(
        "--home",
        default=settings_file.HOME,
        metavar="DIR",
        help=f"where Ringback keeps its own (default: {settings_file.HOME})",
    )


def wishes_of(asked: argparse.Namespace) -> AttachWishes:
    """Read them."""
    alone = str(asked.root) == "/"
    return AttachWishes(
        asked.root,
        asked.asterisk_conf,
        asked.asterisk if alone else "",
        asked.settings,
        asked.home,
        asked.dry_run,
        asked.yes,
        asked.undo,
        asked.test_call,
    )


async def run_attach(
    wishes: AttachWishes,
    model: type[TelephonySettings],
    sources: Sequence[MigrationSource],
    answer: Callable[[str], str] = input,
) -> int:
    """Attach, or undo it; return the exit code.

    Raises:
        RingbackError: it could not be; the text says what to do.
    """
    try:
        return await _attach(wishes, model, sources, answer)
    except PermissionError as error:
        raise AttachError(f"{error.filename}: {error.strerror}. Run this as root") from None


async def _attach(
    wishes: AttachWishes,
    model: type[TelephonySettings],
    sources: Sequence[MigrationSource],
    answer: Callable[[str], str],
) -> int:
    machine = Machine(wishes.root, wishes.console)
    state = machine.here(f"{wishes.home}-attach")
    if wishes.undo:
        with open_journal(state, make=False) as journal:
            return _undo(machine, journal, wishes)
    return await _Attaching(wishes, model, sources, answer, machine, state).run()


class _Attaching:
    def __init__(
        self,
        wishes: AttachWishes,
        model: type[TelephonySettings],
        sources: Sequence[MigrationSource],
        answer: Callable[[str], str],
        machine: Machine,
        state: Path,
    ) -> None:
        self._wishes = wishes
        self._model = model
        self._sources = sources
        self._answer = answer
        self._machine = machine
        self._state = state
        self._laps: list[tuple[str, float]] = []
        self._lap_began = time.monotonic()

    def _lap(self, name: str) -> None:
        """Note how long a step took, in seconds."""
        now = time.monotonic()
        self._laps.append((name, now - self._lap_began))
        self._lap_began = now

    async def run(self) -> int:
        found = find_out(self._machine, self._wishes.asterisk_conf)
        self._lap("look")
        _say_all("found", showing.found(found))
        if found.distribution.rewrites:
            raise AttachError(
                f"{found.distribution} writes all of Asterisk's files anew by itself, so nothing was written. "
                "docs/attach.md tells what to enter in its own pages instead"
            )
        with open_journal(self._state, make=not self._wishes.dry_run) as journal:
            settings, plan = self._plan(found, journal)
            _say_all(
                "would change" if self._wishes.dry_run else "to change",
                showing.planned(plan, whole=self._wishes.dry_run),
            )
            _say_all("by hand", plan.notes)
            if self._wishes.dry_run:
                return _OK
            trial = self._ask(plan)
            if trial is None:
                _say("nothing was written")
                return _FAILED
            self._lap("ask")
            self._write(journal, plan, found)
            self._lap("write and reload")
            if str(self._machine.root) != "/":
                return _OK
            changed = any(change.path == self._wishes.config for change in plan.files)
            return await self._live(journal, settings, found, trial, changed=changed)

    def _plan(self, found: Survey, journal: Journal) -> tuple[TelephonySettings, AttachPlan]:
        wishes, machine = self._wishes, self._machine
        written = machine.text_or_none(wishes.config)
        ours = written is None or settings_file.is_nobodys(written)
        ours = ours or (written is not None and digest(encoded(written)) == journal.last_written(wishes.config))
        login = self._login(found, "" if written is None or settings_file.is_nobodys(written) else written)
        text: str | None = None
        if ours:
            text = blocks.block(settings_file.settings_text(found, login, wishes.home), "#")
            settings = self._settings(text)
        else:
            settings = load(self._model, machine.here(wishes.config))
        plan = make_plan(found, login, settings, text, wishes.config, machine.text_or_none)
        return settings, plan

    def _login(self, found: Survey, written: str) -> settings_file.AmiLogin:
        """Take the AMI user of settings that are there; else make one with a secret of its own."""
        port = texts.ami_port(found.trees.manager)
        if written:
            pbx = load(self._model, self._machine.here(self._wishes.config)).pbx[0]
            secret = pbx.secret.get_secret_value()
            if secret:
                return settings_file.AmiLogin(pbx.username, secret, pbx.port, pbx.host)
        return settings_file.AmiLogin("ringback", secrets.token_hex(24), port, texts.ami_host(found.trees.manager))

    def _settings(self, text: str) -> TelephonySettings:
        values: dict[str, Any] = tomllib.loads(text)
        overlay(self._model, values, os.environ)
        return self._model.model_validate(values)

    def _ask(self, plan: AttachPlan) -> str | None:
        """Ask once; return the extension that may ring, or None for no."""
        if self._wishes.yes or not plan.files:
            return self._wishes.trial
        try:
            said = self._answer(_QUESTION).strip()
        except EOFError:
            return None
        if said.lower() in {"y", "yes", "да", "так"}:
            return self._wishes.trial
        return said if said.isascii() and said.isdecimal() else None

    def _write(self, journal: Journal, plan: AttachPlan, found: Survey) -> None:
        try:
            done = list(applying.apply(self._machine, journal, plan))
        except OSError as error:
            raise AttachError(f"{error}. `ringback attach --undo` puts back what was written") from None
        _say_all("done", done or ["nothing: all of it was there"])
        changed = [change.path for change in plan.files]
        _say_all("reloaded", applying.reload(self._machine, found, changed, load=True))

    async def _live(
        self, journal: Journal, settings: TelephonySettings, found: Survey, trial: str, *, changed: bool
    ) -> int:
        config = self._machine.here(self._wishes.config)
        async with self._daemon(journal, config, changed=changed):
            await until_well(settings.http)
            self._lap("daemon")
            async with opened(settings.database, self._sources) as pool:
                _say_all("people", await _import_managers(DirectoryStore(pool), found))
            self._lap("people")
            _say("\ncheck")
            code = await run_check(lambda: load(self._model, config), str(config), self._sources)
            self._lap("check")
            if trial:
                await self._trial(settings, found, trial)
                self._lap("test call")
        _say_all("worth having by hand, too", by_hand(found.distribution.dialplan, "")[1:])
        laps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self._laps)
        _say(f"\n{sum(seconds for _, seconds in self._laps):.0f} s ({laps}). `ringback attach --undo` puts all back.")
        return code

    @contextlib.asynccontextmanager
    async def _daemon(self, journal: Journal, config: Path, *, changed: bool) -> AsyncIterator[None]:
        if applying.start_service(self._machine, journal, changed=changed):
            yield
            return
        async with borrowed_daemon(config, self._state / "daemon.log"):
            _say("\nsystemd does not run the daemon here: it runs for the length of this command (`ringback run`)")
            yield

    async def _trial(self, settings: TelephonySettings, found: Survey, extension: str) -> None:
        phones = {phone.number: phone.endpoint for phone in found.endpoints.phones}
        endpoint = phones.get(extension, f"{settings.directory.technology}/{extension}")
        _say("\ntest call")
        async with opened(settings.database, self._sources) as pool:
            folder = settings.recording.folder
            async for line in place_trial(settings.pbx[0], pool, endpoint, extension, folder):
                _say(f"  {line}")


async def _import_managers(store: DirectoryStore, found: Survey) -> list[str]:
    """Add the extensions that nobody in the directory has; who is there stays as they are."""
    there = list(await store.managers())
    ids = {entry.manager_id for entry in there}
    endpoints = {entry.endpoint for entry in there}
    new = [
        ManagerEntry(ManagerId(phone.number), phone.name, Endpoint(phone.endpoint), group="sales")
        for phone in found.endpoints.phones
        if phone.number not in ids and phone.endpoint not in endpoints
        if is_manager_id(phone.number) and is_endpoint(phone.endpoint)
    ]
    if new:
        await store.replace_managers([*there, *new])
    return [f"{len(new)} extensions became managers of the group sales; {len(there)} were there"]


def _undo(machine: Machine, journal: Journal, wishes: AttachWishes) -> int:
    if not journal.steps:
        _say("nothing to undo: nothing is attached")
        return _OK
    found = find_out(machine, wishes.asterisk_conf)
    done = list(applying.undo_commands(journal)) if str(machine.root) == "/" else []
    files = list(undoing.undo_files(machine, journal))
    done += [f"{path}: {way.value}" for path, way in files]
    done += [f"{path}: {what}" for path, what in undoing.undo_folders(machine, journal)]
    _say_all("undone", done)
    _say_all("reloaded", applying.reload(machine, found, [path for path, _ in files], load=False))
    journal.forget()
    return _OK


def _say_all(head: str, lines: Iterable[str]) -> None:
    every = [plain(line) for line in lines]
    if every:
        _say(f"\n{head}\n" + "\n".join(f"  {line}" for line in every))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
