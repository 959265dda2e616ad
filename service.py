"""The command line, and the one place that knows the concrete classes of both telephony and crm_bridge.

Imports are made where a command needs them: ``ringback --help`` is to answer at once, ``ringback run`` within a second.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from crm_bridge.settings import BridgeSettings
from telephony.configuration.demands import demand
from telephony.configuration.load import find, load
from telephony.errors import RingbackError, SettingsError
from telephony.settings import TelephonySettings

if TYPE_CHECKING:
    from telephony.daemon.house import Extras, House
    from telephony.daemon.supervisor import Supervisor
    from telephony.daemon.systemd import Notifier

_BRIDGE_MIGRATIONS = Path(__file__).parent / "crm_bridge" / "sql" / "migrations"
_OK, _FAILED, _WRONG_SETTINGS, _INTERRUPTED = 0, 1, 2, 130


class Settings(BridgeSettings, TelephonySettings):
    """All settings of the daemon, telephony's and crm_bridge's."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the command line names; return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.command(asked))
    except SettingsError as error:
        print(f"ringback: {error}", file=sys.stderr)
        return _WRONG_SETTINGS
    except RingbackError as error:
        print(f"ringback: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what reads us has had enough: `| head`
        return _FAILED


# --- the command line -------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringback", description=_WHAT, epilog=_WHERE_TO_BEGIN)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, command: Callable[[argparse.Namespace], int], what: str, more: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}. {more}")
        added.set_defaults(command=command)
        return added

    run = add("run", _run, "run the daemon", "It stops cleanly on SIGTERM or Ctrl-C within five seconds.")
    _add_config(run)
    run.add_argument(
        "--capture",
        type=Path,
        metavar="FILE",
        help="append the raw words of the PBX to FILE, for `ringback replay` (several PBXs: FILE.NAME each)",
    )
    _add_demo_arguments(add("demo", _demo, "run it all on this machine with a small company's calls", _DEMO_MORE))
    check = add("check", _check, "look whether everything is right, and tell the cure where it is not", _CHECK_MORE)
    _add_config(check)
    _add_replay_arguments(add("replay", _replay, "tell what the ledger would say of a capture", _REPLAY_MORE))
    settings = add("settings", _settings, "print the reference of all settings, or a sample file", "")
    settings.add_argument("--sample", action="store_true", help="print a settings file with all defaults")
    return parser


_WHAT = "Hears every call on your Asterisk, keeps the ledger and the recordings, and rings back customers you missed."
_WHERE_TO_BEGIN = (
    "First time here? `ringback demo` needs no settings. To attach to your own PBX: docs/operators-guide.md, and then "
    "`ringback check`."
)
_DEMO_MORE = (
    "Starts a real Asterisk (fetched once, about 110 MB), PostgreSQL and the daemon in a folder of their own and shows "
    "the calls live. Ctrl-C ends it all."
)
_REPLAY_MORE = "Prints one JSON object a call, in order of start. Needs no database and no network."
_CHECK_MORE = "One line each: ok, warn or fail. The exit code is 0 without a fail, 1 with one, 2 for wrong settings."


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the settings file (default: RINGBACK_CONFIG, ./ringback.toml, /etc/ringback/ringback.toml)",
    )


def _add_demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, metavar="N", help="end after N calls (default: until Ctrl-C)")
    parser.add_argument("--seconds", type=float, metavar="N", help="end after N seconds (default: until Ctrl-C)")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where everything of it lives (default: the cache)")


def _add_replay_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a capture; `-` reads standard input")
    parser.add_argument(
        "--format", choices=("ami", "json", "cel"), help="what FILE is (default: seen by its beginning)"
    )
    parser.add_argument(
        "--trunk",
        action="append",
        default=[],
        metavar="PATTERN",
        help="a glob over channel names that are trunks, e.g. 'PJSIP/carrier-*'; may be repeated (default: guessed)",
    )


def _loaded(asked: argparse.Namespace) -> Settings:
    file = find(asked.config, os.environ)
    settings = load(Settings, file)
    demand(settings, file)
    return settings


# --- run --------------------------------------------------------------------------------------------------------------


def _run(asked: argparse.Namespace) -> int:
    settings = _loaded(asked)
    from telephony.daemon.lifetime import live
    from telephony.daemon.logs import set_up
    from telephony.daemon.systemd import Notifier

    set_up(settings.log)
    notifier = Notifier(os.environ)
    asyncio.run(live(partial(_start, settings, notifier, asked.capture), notifier))
    return _OK


async def _start(settings: Settings, notifier: "Notifier", capture: Path | None, supervisor: "Supervisor") -> None:
    from telephony.daemon.house import Extras, House

    notifier.tell(STATUS="starting")
    house = House(settings, capture=capture)
    supervisor.spawn("sign of life", notifier.keep_alive(house.health.stuck, house.health.summary))
    await _wire(house, supervisor, Extras())


async def _wire(house: "House", supervisor: "Supervisor", extras: "Extras") -> None:
    """Wire both sides and start them; the demo does the same."""
    from crm_bridge.api.endpoint import PREFIX
    from crm_bridge.assembly import Surroundings, open_bridge
    from telephony.daemon.house import now
    from telephony.postgres.migrations import Source

    settings = cast("Settings", house.settings)
    pool = await house.open_database(supervisor, [Source("crm_bridge", _BRIDGE_MIGRATIONS)])
    stack = AsyncExitStack()
    supervisor.on_stop("crm clients", stack.aclose)
    given = Surroundings(pool, now, settings.numbers.region, ZoneInfo(settings.hours.timezone), version("ringback"))
    bridge = await open_bridge(settings, given, stack)
    extras.hooks.append(bridge.ledger_hook)
    extras.after.append(bridge.listener)
    extras.applications[PREFIX] = bridge.application()
    await house.start(supervisor, pool, extras)
    supervisor.on_stop("live streams", bridge.close)
    for name, run in bridge.tasks().items():
        supervisor.spawn(name, run())


# --- the other commands -----------------------------------------------------------------------------------------------


def _settings(asked: argparse.Namespace) -> int:
    from telephony.configuration.reference import reference, sample

    print((sample if asked.sample else reference)(Settings), end="")
    return _OK


def _check(asked: argparse.Namespace) -> int:
    from telephony.checkup.findings import Verdict, fail, line, ok
    from telephony.daemon.logs import silence

    silence()
    colors = sys.stdout.isatty()
    file = find(asked.config, os.environ)
    try:
        settings = _loaded(asked)
    except SettingsError as error:
        for complaint in str(error).splitlines():
            print(line(fail("settings", complaint, ""), colors=colors))
        return _WRONG_SETTINGS
    print(line(ok("settings", f"{file or 'defaults and the environment'} understood"), colors=colors))

    async def look() -> bool:
        from telephony.checkup.everything import findings

        failed = False
        async for finding in findings(settings):
            print(line(finding, colors=colors), flush=True)
            failed = failed or finding.verdict is Verdict.FAIL
        return failed

    return _FAILED if asyncio.run(look()) else _OK


def _replay(asked: argparse.Namespace) -> int:
    from telephony import replay

    return replay.run(asked.files, asked.format, asked.trunk)


def _demo(asked: argparse.Namespace) -> int:
    from deploy.demo.demonstration import Wishes, demonstrate

    asyncio.run(demonstrate(Wishes(asked.calls, asked.seconds, asked.folder), Settings, _wire))
    return _OK


if __name__ == "__main__":
    sys.exit(main())
