"""The command line: from a table of commands to the one that was asked for, and what is said of an error.

``--config`` may stand anywhere in the line. A command's arguments may cost imports, so they are declared only when the
command is asked for: ``ringback --help`` answers at once.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import NamedTuple

from telephony.commands import arguments
from telephony.errors import RingbackError


class Command(NamedTuple):
    """One word of the command line: what runs, what declares its arguments, and what the help says of it."""

    run: Callable[[argparse.Namespace], object]
    arguments: Callable[[argparse.ArgumentParser], None]
    what: str
    more: str = ""


def read(commands: Mapping[str, Command], words: Sequence[str]) -> argparse.Namespace:
    """Read the command line; in the result ``command`` runs what was asked for. A wrong line ends the program, told."""
    config = argparse.ArgumentParser(prog="ringback", add_help=False, allow_abbrev=False)
    arguments.of_config(config)
    given, rest = config.parse_known_args(words)
    parser = _parser(commands, rest)
    asked = parser.parse_args(rest)
    if given.config is not None and not hasattr(asked, "config"):
        parser.error("this command reads no settings: leave out --config")
    asked.config = given.config
    return asked


def _parser(commands: Mapping[str, Command], given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ringback",
        description="Hears every call on your Asterisk, keeps the ledger and the recordings, and rings back the "
        "customers you missed.",
        epilog="First time here? `ringback demo` needs no settings. To attach to your own PBX, read "
        "docs/operators-guide.md, then try `ringback check`.",
    )
    parser.add_argument("--version", action="version", version=f"ringback {version('ringback')}")
    words = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in commands.items():
        added = words.add_parser(
            name, help=command.what, description=f"{command.what[0].upper()}{command.what[1:]}. {command.more}"
        )
        added.set_defaults(command=command.run)
        if name in given:
            command.arguments(added)
    return parser


def said(error: Exception) -> str:
    """The text of our own error, also of one inside a group; a defect of ours is raised on, with its traceback."""
    if not isinstance(error, ExceptionGroup):
        return str(error)
    ours, defects = error.split(RingbackError)
    if defects is not None or ours is None:
        raise error
    return "; ".join(said(one) for one in ours.exceptions)
