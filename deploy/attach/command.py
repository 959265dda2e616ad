"""``ringback attach``: the conversation with the administrator."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from deploy.attach import applying, settings_file, undoing
from deploy.attach.afar.attaching import AfarAttaching, undo_afar
from deploy.attach.afar.collected import collected
from deploy.attach.afar.pipe import opened_pipe
from deploy.attach.attaching import OK, Attaching
from deploy.attach.errors import AttachError
from deploy.attach.journal import Journal, open_journal
from deploy.attach.machine import Machine
from deploy.attach.survey import survey as find_out
from deploy.attach.wishes import AttachWishes, say, say_all
from telephony.postgres.migrations import MigrationSource
from telephony.settings import TelephonySettings

_ASTERISK_CONF: Final = "/etc/asterisk/asterisk.conf"


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
    parser.add_argument("--on", default="", metavar="ROOT@HOST", help="the PBX is on that machine: by ssh, as root")
    parser.add_argument(
        "--ssh", default="ssh", metavar="COMMAND", help="with --on: ssh with its options (default: ssh)"
    )
    parser.add_argument(
        "--mounted", metavar="DIR", help="with --on: where the daemon sees that machine's /; without it no recordings"
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
    if asked.on and not alone:
        raise AttachError("--on and --root: the PBX is on another machine, or a copy of it is here")
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
        asked.on,
        asked.ssh,
        None if asked.mounted is None else asked.mounted.rstrip("/"),
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
    if wishes.on:
        return await _attach_afar(wishes, model, sources, answer)
    machine = Machine(wishes.root, wishes.console)
    state = machine.here(f"{wishes.home}-attach")
    if wishes.undo:
        with open_journal(state, make=False) as journal:
            return _undo(machine, journal, wishes)
    return await Attaching(wishes, model, sources, answer, machine, state).run()


async def _attach_afar(
    wishes: AttachWishes,
    model: type[TelephonySettings],
    sources: Sequence[MigrationSource],
    answer: Callable[[str], str],
) -> int:
    own = Machine(Path("/"))
    state = own.here(f"{wishes.home}-attach")
    with opened_pipe(wishes.ssh, wishes.on) as pipe:
        if wishes.undo:
            with open_journal(state, make=False) as journal:
                return undo_afar(own, journal, pipe, wishes)
        with collected(pipe, wishes.asterisk_conf, wishes.console) as machine:
            return await AfarAttaching(wishes, model, sources, answer, machine, state, own, pipe).run()


def _undo(machine: Machine, journal: Journal, wishes: AttachWishes) -> int:
    if not journal.steps:
        say("nothing to undo: nothing is attached")
        return OK
    found = find_out(machine, wishes.asterisk_conf)
    done = list(applying.undo_commands(journal)) if str(machine.root) == "/" else []
    files = list(undoing.undo_files(machine, journal))
    done += [f"{path}: {way.value}" for path, way in files]
    done += [f"{path}: {what}" for path, what in undoing.undo_folders(machine, journal)]
    say_all("undone", done)
    say_all("reloaded", applying.reload(machine, found, [path for path, _ in files], load=False))
    journal.forget()
    return OK
