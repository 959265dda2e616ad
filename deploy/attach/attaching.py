"""The way from a look to a call in the ledger, told to the administrator step by step."""

import contextlib
import os
import secrets
import time
import tomllib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from deploy.attach import applying, blocks, settings_file, showing, texts
from deploy.attach.daemon import borrowed_daemon, until_well
from deploy.attach.errors import AttachError
from deploy.attach.facts import Survey
from deploy.attach.journal import Journal, digest, open_journal
from deploy.attach.machine import Machine, encoded
from deploy.attach.plan import AttachPlan, make_plan
from deploy.attach.survey import survey as find_out
from deploy.attach.trial import place_trial
from deploy.attach.wishes import AttachWishes, say, say_all
from telephony.checkup.everything import run_check
from telephony.commands.ledger import opened
from telephony.configuration.environment import overlay
from telephony.configuration.load import load
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId, is_endpoint, is_manager_id
from telephony.directory.store import DirectoryStore
from telephony.postgres.migrations import MigrationSource
from telephony.settings import TelephonySettings
from telephony.voice.dialplan import by_hand

_QUESTION: Final = "\nWrite this? yes, no, or an extension whose telephone may ring for a test call: "
OK, FAILED = 0, 1


class Attaching:
    """One attach.

    Args:
        wishes: what was asked for.
        model: the settings' class.
        sources: the database's schema.
        answer: asks the administrator.
        machine: the PBX's.
        state: the folder of the journal.
        own: where the daemon, its settings and the journal are; the PBX's machine, too, unless told otherwise.
    """

    def __init__(
        self,
        wishes: AttachWishes,
        model: type[TelephonySettings],
        sources: Sequence[MigrationSource],
        answer: Callable[[str], str],
        machine: Machine,
        state: Path,
        own: Machine | None = None,
    ) -> None:
        self._wishes = wishes
        self._model = model
        self._sources = sources
        self._answer = answer
        self._machine = machine
        self._own = own or machine
        self._state = state
        self._laps: list[tuple[str, float]] = []
        self._lap_began = time.monotonic()

    def _lap(self, name: str) -> None:
        """Note how long a step took, in seconds."""
        now = time.monotonic()
        self._laps.append((name, now - self._lap_began))
        self._lap_began = now

    async def run(self) -> int:
        """Do it; return the exit code."""
        found = find_out(self._machine, self._wishes.asterisk_conf)
        self._lap("look")
        say_all("found", showing.found(found))
        if found.distribution.rewrites:
            raise AttachError(
                f"{found.distribution} writes all of Asterisk's files anew by itself, so nothing was written. "
                "docs/attach.md tells what to enter in its own pages instead"
            )
        with open_journal(self._state, make=not self._wishes.dry_run) as journal:
            settings, plan = self._plan(found, journal)
            say_all(
                "would change" if self._wishes.dry_run else "to change",
                showing.planned(plan, whole=self._wishes.dry_run),
            )
            say_all("by hand", plan.notes)
            if self._wishes.dry_run:
                return OK
            trial = self._ask(plan)
            if trial is None:
                say("nothing was written")
                return FAILED
            self._lap("ask")
            self._write(journal, plan, found)
            self._lap("write and reload")
            if str(self._own.root) != "/":
                return OK
            changed = any(change.path == self._wishes.config for change in plan.files)
            return await self._live(journal, settings, found, trial, changed=changed)

    def _plan(self, found: Survey, journal: Journal) -> tuple[TelephonySettings, AttachPlan]:
        wishes = self._wishes
        written = self._own.text_or_none(wishes.config)
        ours = written is None or settings_file.is_nobodys(written)
        ours = ours or (written is not None and digest(encoded(written)) == journal.last_written(wishes.config))
        login = self._login(found, "" if written is None or settings_file.is_nobodys(written) else written)
        text: str | None = None
        if ours:
            text = blocks.block(self._settings_text(found, login), "#")
            settings = self._settings(text)
        else:
            settings = load(self._model, self._own.here(wishes.config))
        plan = make_plan(found, self._as_the_pbx_sees(found, login), settings, text, wishes.config, self._text_of)
        return settings, plan

    def _text_of(self, path: str) -> str | None:
        return (self._own if path == self._wishes.config else self._machine).text_or_none(path)

    def _settings_text(self, found: Survey, login: settings_file.AmiLogin) -> str:
        return settings_file.settings_text(found, login, self._wishes.home)

    def _as_the_pbx_sees(self, found: Survey, login: settings_file.AmiLogin) -> settings_file.AmiLogin:  # noqa: ARG002 - see `deploy.attach.afar`
        """Give the login with the address at which AMI listens."""
        return login

    def _login(self, found: Survey, written: str) -> settings_file.AmiLogin:
        """Take the AMI user of settings that are there; else make one with a secret of its own."""
        port = texts.ami_port(found.trees.manager)
        if written:
            pbx = load(self._model, self._own.here(self._wishes.config)).pbx[0]
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
        say_all("done", done or ["nothing: all of it was there"])
        changed = [change.path for change in plan.files]
        say_all("reloaded", applying.reload(self._machine, found, changed, load=True))

    async def _live(
        self, journal: Journal, settings: TelephonySettings, found: Survey, trial: str, *, changed: bool
    ) -> int:
        config = self._own.here(self._wishes.config)
        async with self._reach(settings, found), self._daemon(journal, config, changed=changed):
            await until_well(settings.http)
            self._lap("daemon")
            async with opened(settings.database, self._sources) as pool:
                say_all("people", await _import_managers(DirectoryStore(pool), found))
            self._lap("people")
            say("\ncheck")
            code = await run_check(lambda: load(self._model, config), str(config), self._sources)
            self._lap("check")
            if trial:
                await self._trial(settings, found, trial)
                self._lap("test call")
        say_all("worth having by hand, too", by_hand(found.distribution.dialplan, "")[1:])
        undo = f"`ringback attach --undo{f' --on {self._wishes.on}' if self._wishes.on else ''}` puts all back"
        laps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self._laps)
        say(f"\n{sum(seconds for _, seconds in self._laps):.0f} s ({laps}). {undo}.")
        return code

    @contextlib.asynccontextmanager
    async def _reach(self, settings: TelephonySettings, found: Survey) -> AsyncIterator[None]:  # noqa: ARG002 - see `deploy.attach.afar`
        """Make the PBX reachable for the daemon."""
        yield

    @contextlib.asynccontextmanager
    async def _daemon(self, journal: Journal, config: Path, *, changed: bool) -> AsyncIterator[None]:
        if applying.start_service(self._own, journal, changed=changed):
            yield
            return
        async with borrowed_daemon(config, self._state / "daemon.log"):
            say("\nsystemd does not run the daemon here: it runs for the length of this command (`ringback run`)")
            yield

    async def _trial(self, settings: TelephonySettings, found: Survey, extension: str) -> None:
        phones = {phone.number: phone.endpoint for phone in found.endpoints.phones}
        endpoint = phones.get(extension, f"{settings.directory.technology}/{extension}")
        say("\ntest call")
        async with opened(settings.database, self._sources) as pool:
            folder = settings.recording.folder
            async for line in place_trial(settings.pbx[0], pool, endpoint, extension, folder):
                say(f"  {line}")


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
