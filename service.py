"""The command line, and the one place that knows the concrete classes of both telephony and crm_bridge.

Imports are made where a command needs them: ``ringback --help`` is to answer at once, ``ringback run`` within a second.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from telephony.configuration.demands import demand
from telephony.configuration.load import find, load
from telephony.errors import RingbackError, SettingsError
from telephony.settings import TelephonySettings

if TYPE_CHECKING:
    from telephony.daemon.supervisor import Supervisor
    from telephony.daemon.systemd import Notifier

_OK, _FAILED, _WRONG_SETTINGS, _INTERRUPTED = 0, 1, 2, 130


class Settings(TelephonySettings):
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
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a capture; `-` reads standard input")
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
    """Wire both sides and start them."""
    from telephony.daemon.house import Extras, House

    notifier.tell(STATUS="starting")
    house = House(settings, capture=capture)
    supervisor.spawn("sign of life", notifier.keep_alive(house.health.stuck, house.health.summary))
    extras = Extras()
    pool = await house.open_database(supervisor, extras.sources)
    # Here the CRM side is plugged in: its hooks, listeners and routes go into `extras`.
    await house.start(supervisor, pool, extras)


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
    from telephony.replay import replay_files

    for text in replay_files(asked.files, format_=asked.format, trunks=tuple(asked.trunk)):
        print(text)
    return _OK


def _demo(asked: argparse.Namespace) -> int:
    from deploy.demo.demonstration import Wishes, demonstrate

    return demonstrate(Wishes(asked.calls, asked.seconds, asked.folder))


if __name__ == "__main__":
    sys.exit(main())
