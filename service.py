"""The command line, and the one place that knows the concrete classes of both telephony and crm_bridge.

Imports are made where a command needs them: ``ringback --help`` is to answer at once, ``ringback run`` within a second.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from crm_bridge.settings import BridgeSettings
from telephony.commands import arguments, line
from telephony.commands.line import Command
from telephony.configuration.demands import demand
from telephony.configuration.load import find, load
from telephony.errors import RingbackError, SettingsError
from telephony.settings import TelephonySettings

if TYPE_CHECKING:
    from telephony.daemon.application import Application
    from telephony.daemon.plugins import Plugins, Services
    from telephony.daemon.succession import Inheritance, Succession
    from telephony.daemon.supervisor import Supervisor
    from telephony.daemon.systemd import Notifier
    from telephony.directory.model import AssignedManager
    from telephony.postgres.migrations import MigrationSource

OK, FAILED, WRONG_SETTINGS, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""
_BRIDGE_MIGRATIONS = Path(__file__).parent / "crm_bridge" / "sql" / "migrations"


class Settings(BridgeSettings, TelephonySettings):
    """All settings of the daemon, telephony's and crm_bridge's."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that the command line names; return its exit code."""
    asked = line.read(COMMANDS, sys.argv[1:] if words is None else words)
    try:
        return int(asked.command(asked) or OK)
    except SettingsError as error:
        print(f"ringback: {error}", file=sys.stderr)
        return WRONG_SETTINGS
    except (RingbackError, ExceptionGroup) as error:
        print(f"ringback: {line.said(error)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what reads us has had enough: `| head`
        return FAILED


# --- run --------------------------------------------------------------------------------------------------------------


def _settings_of(asked: argparse.Namespace) -> Settings:
    return load(Settings, find(asked.config, os.environ))


def _run(asked: argparse.Namespace) -> None:
    file = find(asked.config, os.environ)
    settings = load(Settings, file)
    demand(settings, file)
    from telephony.daemon.lifetime import live
    from telephony.daemon.logs import set_up
    from telephony.daemon.succession import VARIABLE, Inheritance, Succession
    from telephony.daemon.systemd import Notifier

    set_up(settings.log)
    notifier = Notifier(os.environ)
    inheritance = Inheritance.of(os.environ)
    os.environ.pop(VARIABLE, None)  # it is for us, not for what we start
    succession = Succession([sys.executable, *sys.orig_argv[1:]], os.environ)
    start = partial(_start, settings, notifier, asked.capture, inheritance, succession)
    asyncio.run(live(start, notifier, succession=succession))


async def _start(
    settings: Settings,
    notifier: "Notifier",
    capture: Path | None,
    inheritance: "Inheritance | None",
    succession: "Succession",
    supervisor: "Supervisor",
) -> None:
    from telephony.daemon.application import Application
    from telephony.daemon.plugins import Plugins

    notifier.tell(STATUS="starting")
    application = Application(settings, capture=capture)
    succession.predecessor = application.doors
    if inheritance is not None:
        application.doors.inheritance, application.database.lent = inheritance, True
        from crm_bridge import assembly, web  # noqa: F401 - loaded now: from our turn on callers wait

        await inheritance.turn()
    supervisor.spawn("sign of life", notifier.keep_alive(application.health.stuck, application.health.summary))
    await _wire(application, supervisor, Plugins())


def _sources() -> list["MigrationSource"]:
    from telephony.postgres.migrations import TELEPHONY, MigrationSource

    return [TELEPHONY, MigrationSource("crm_bridge", _BRIDGE_MIGRATIONS)]


async def _wire(application: "Application", supervisor: "Supervisor", plugins: "Plugins") -> None:
    """Wire both sides and start them; the demo does the same."""
    from crm_bridge import web as pages
    from crm_bridge.api.endpoint import PREFIX
    from crm_bridge.api.ports import ApiServices
    from crm_bridge.assembly import audits, open_bridge
    from crm_bridge.context import BridgeContext
    from crm_bridge.crm import hooks
    from telephony.daemon.application import now
    from telephony.numbers import canonical

    settings = cast("Settings", application.settings)
    stack = AsyncExitStack()
    supervisor.on_stop("crm clients", stack.aclose)
    given = BridgeContext(
        application.pool,
        now,
        settings.numbers.region,
        ZoneInfo(settings.hours.timezone),
        version("ringback"),
        settings.console.trusted_proxies,
        settings.callback.default_group,
        application.is_open,
        settings.http.cors_origins,
        lambda did, at, seconds: application.almanac.calendars.of_did(
            canonical(did, settings.numbers.region)
        ).calendar.after(at, seconds),
        settings.money,
    )
    bridge = await open_bridge(settings, given, stack)
    application.database.on_ready(bridge.declare)
    pool = await application.open_database(supervisor, _sources())
    plugins.hooks.append(bridge.ledger_hook)
    if bridge.owners is not None:
        # a NewType of telephony's, which the bridge cannot name
        plugins.assigned.append(cast("AssignedManager", bridge.owners))
    plugins.after.append(bridge.listener)
    plugins.callback_hooks.append(bridge.callback_hook)
    plugins.survey_hooks.append(bridge.survey_hook)
    plugins.alarm_hook, plugins.ready_hook = bridge.alarm_hook, bridge.ready_hook
    plugins.presence_hook = bridge.presence_hook
    plugins.erasure_hooks.append(bridge.erasure_hook)
    plugins.audits += audits(settings, pool)
    if bridge.targets:
        plugins.health["outbox"] = bridge.watch.health
        plugins.collectors.append(bridge.watch)

    def open_api(services: "Services") -> None:
        api_services = ApiServices(**services._asdict())
        plugins.applications[PREFIX] = bridge.application(api_services)
        plugins.applications[pages.PREFIX] = bridge.console(api_services, application.health.parts)
        crm_hooks = bridge.crm_hooks(api_services)
        if crm_hooks is not None:
            plugins.applications[hooks.PREFIX] = crm_hooks

    plugins.services = open_api
    await application.start(supervisor, pool, plugins)
    supervisor.on_stop("live streams", bridge.close)
    for name, run in bridge.tasks().items():
        supervisor.spawn(name, run())


# --- the other commands -----------------------------------------------------------------------------------------------


def _quietly(work: Coroutine[Any, Any, object]) -> object:
    """Run a command's work; it says itself what there is to say, so logs are silent."""
    from telephony.daemon.logs import silence

    silence()
    return asyncio.run(work)


def _settings(asked: argparse.Namespace) -> None:
    from telephony.configuration.reference import reference, sample

    print((sample if asked.sample else reference)(Settings), end="")


def _api(asked: argparse.Namespace) -> None:
    from crm_bridge.api.document.reference import reference
    from crm_bridge.operations import described_api

    described = described_api(version("ringback"))
    print(json.dumps(described, indent=1) + "\n" if asked.json else reference(described), end="")


def _figures(asked: argparse.Namespace) -> None:
    from crm_bridge.figures.document import document
    from crm_bridge.figures.registry import FIGURES, SHARES
    from crm_bridge.web.words.catalogue import PageWords
    from crm_bridge.web.words.text import UiLanguage

    del asked
    words = PageWords(UiLanguage.ENGLISH)
    keys = [f"figure.{name}{end}" for name in (*FIGURES, *SHARES) for end in ("", ".means")]
    print(document({key: words.say(key) for key in keys}), end="")


def _callbacks(asked: argparse.Namespace) -> object:
    from telephony.commands.people import run_callbacks

    return _quietly(run_callbacks(asked, _settings_of(asked), _sources()))


def _directory(asked: argparse.Namespace) -> object:
    from telephony.commands.people import run_directory

    return _quietly(run_directory(asked, _settings_of(asked), _sources()))


def _keys(asked: argparse.Namespace) -> object:
    from crm_bridge.commands import keys
    from telephony.commands.ledger import opened
    from telephony.daemon.application import now

    return _quietly(keys(asked, partial(opened, _settings_of(asked).database, _sources()), now))


def _users(asked: argparse.Namespace) -> object:
    from crm_bridge.people.commands import users
    from telephony.commands.ledger import opened
    from telephony.daemon.application import now

    settings = _settings_of(asked)
    database = partial(opened, settings.database, _sources())
    return _quietly(users(asked, database, now, settings.numbers.region, _console_url(settings)))


def _console_url(settings: Settings) -> str:
    """Give how browsers reach our HTTP port, without a slash at the end."""
    return (settings.console.url or f"http://{settings.http.host}:{settings.http.port}").rstrip("/")


def _hours(asked: argparse.Namespace) -> object:
    from telephony.commands.hours import run_hours
    from telephony.daemon.application import now

    return _quietly(run_hours(asked, _settings_of(asked), now()))


def _crm(asked: argparse.Namespace) -> object:
    from crm_bridge.crm.commands import crm
    from telephony.commands.ledger import opened
    from telephony.daemon.application import now

    settings = _settings_of(asked)
    database = partial(opened, settings.database, _sources())
    return _quietly(crm(asked, settings.crm, database, now, settings.numbers.region, ZoneInfo(settings.hours.timezone)))


def _audit(asked: argparse.Namespace) -> object:
    from crm_bridge.assembly import audits
    from telephony.commands.audit import run_audit
    from telephony.daemon.application import now

    settings = _settings_of(asked)
    return _quietly(run_audit(asked, settings, _sources(), partial(audits, settings), now()))


def _ledger(asked: argparse.Namespace) -> object:
    from telephony.commands.dead_letters import run_ledger

    return _quietly(run_ledger(asked, _settings_of(asked), _sources()))


def _dialplan(asked: argparse.Namespace) -> None:
    from telephony.commands.dialplan import run_dialplan

    run_dialplan(asked, _settings_of(asked))


def _prompts(asked: argparse.Namespace) -> object:
    from telephony.commands.prompts import run_prompts

    return _quietly(run_prompts(asked, _settings_of(asked)))


def _check(asked: argparse.Namespace) -> object:
    from telephony.checkup.everything import run_check

    file = find(asked.config, os.environ)

    def settings() -> Settings:
        loaded = load(Settings, file)
        demand(loaded, file)
        return loaded

    return _quietly(run_check(settings, str(file or "defaults and the environment"), _sources(), fix=asked.fix))


def _attach(asked: argparse.Namespace) -> object:
    from deploy.attach.command import run_attach, wishes_of

    return _quietly(run_attach(wishes_of(asked), Settings, _sources()))


def _replay(asked: argparse.Namespace) -> int:
    from telephony import replay

    return replay.run(asked.files, asked.format, asked.trunk, explain=asked.explain)


def _demo(asked: argparse.Namespace) -> None:
    from deploy.demo.demonstration import Wishes, demonstrate

    wishes = Wishes(asked.calls, asked.seconds, asked.folder, asked.closed, asked.odoo, asked.lang, asked.days)
    asyncio.run(demonstrate(wishes, Settings, _wire))


# --- the command line -------------------------------------------------------------------------------------------------


def _of_keys(parser: argparse.ArgumentParser) -> None:
    from crm_bridge.commands import add_keys_arguments

    arguments.of_config(parser)
    add_keys_arguments(parser)


def _of_users(parser: argparse.ArgumentParser) -> None:
    from crm_bridge.people.commands import add_users_arguments

    arguments.of_config(parser)
    add_users_arguments(parser)


def _of_crm(parser: argparse.ArgumentParser) -> None:
    from crm_bridge.crm.commands import add_crm_arguments

    arguments.of_config(parser)
    add_crm_arguments(parser)


def _of_attach(parser: argparse.ArgumentParser) -> None:
    from deploy.attach.command import add_attach_arguments

    add_attach_arguments(parser)


def _of_api(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as OpenAPI 3.1 instead of Markdown")


COMMANDS = {
    "run": Command(
        _run, arguments.of_run, "run the daemon", "It stops cleanly on SIGTERM or Ctrl-C within five seconds."
    ),
    "demo": Command(
        _demo,
        arguments.of_demo,
        "run it all on this machine with a small company's calls",
        "Starts a real Asterisk (fetched once, about 140 MB), PostgreSQL and the daemon in a folder of their own, and "
        "shows the calls live; a webhook receiver with a page shows what other systems are told of each, and with "
        "--odoo a real Odoo does. Ctrl-C ends it all.",
    ),
    "attach": Command(
        _attach,
        _of_attach,
        "attach to the Asterisk or FreePBX of this machine, after showing what would change",
        "It looks at the PBX, shows its changes as a diff, asks once, writes, reloads, checks, and can ring a "
        "telephone to try it out. --undo puts every file back.",
    ),
    "check": Command(
        _check,
        arguments.of_check,
        "look whether everything is right, and tell the cure where it is not",
        "One line each: ok, warn or fail. The exit code is 0 without a fail, 1 with one, 2 for wrong settings.",
    ),
    "replay": Command(
        _replay,
        arguments.of_replay,
        "tell what the ledger would say of a capture",
        "Prints one JSON object a call, in order of start. Needs no database and no network.",
    ),
    "callbacks": Command(_callbacks, arguments.of_callbacks, "see and order what is to be called back"),
    "directory": Command(_directory, arguments.of_directory, "import and list managers and customers"),
    "keys": Command(_keys, _of_keys, "say who may use the API"),
    "users": Command(_users, _of_users, "say who may use the console, and end their sessions"),
    "crm": Command(
        _crm,
        _of_crm,
        "try the CRMs, look somebody up in them, compare a day with them",
        "The exit code is 1 if something does not work, is missing or double; docs/crm.md tells how each is set up.",
    ),
    "audit": Command(
        _audit,
        arguments.of_audit,
        "compare the PBX's own records with the ledger and all that follows from it",
        "Calls, recordings, callbacks, promises and messages of a span: what is missing, double or different. "
        "The exit code is 0 if nothing is, 1 if something is; what cannot be known is told and does not count.",
    ),
    "ledger": Command(
        _ledger,
        arguments.of_ledger,
        "see call events that could not be written, and have them tried again",
        "The exit code is 1 if one stays dead.",
    ),
    "hours": Command(
        _hours, arguments.of_hours, "say whether we are open", "It tells by which rule, and when that changes."
    ),
    "dialplan": Command(
        _dialplan,
        arguments.of_dialplan,
        "write the PBX's part of the dialplan",
        "The lines that are to be written by hand are told on standard error.",
    ),
    "prompts": Command(_prompts, arguments.of_prompts, "list, render and hear what is spoken"),
    "api": Command(_api, _of_api, "print the reference of the HTTP API"),
    "figures": Command(_figures, lambda _: None, "print the reference of the reports' figures"),
    "settings": Command(_settings, arguments.of_settings, "print the reference of all settings"),
}


if __name__ == "__main__":
    sys.exit(main())
