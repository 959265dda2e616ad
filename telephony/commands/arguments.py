"""The arguments of each command. Those that cost imports are declared only when their command is asked for."""

import argparse
from pathlib import Path
from typing import get_args

from telephony.settings import Spoken


def of_config(parser: argparse.ArgumentParser) -> None:
    """Declare where the settings are."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the settings file (default: RINGBACK_CONFIG, ./ringback.toml, /etc/ringback/ringback.toml)",
    )


def of_check(parser: argparse.ArgumentParser) -> None:
    """Declare ``check``'s."""
    of_config(parser)
    parser.add_argument("--fix", action="store_true", help="mend what can be mended without harm: modes, sentences")


def of_run(parser: argparse.ArgumentParser) -> None:
    """Declare ``run``'s."""
    of_config(parser)
    parser.add_argument(
        "--capture",
        type=Path,
        metavar="FILE",
        help="append the raw words of the PBX to FILE, for `ringback replay` (several PBXs: FILE.NAME each)",
    )


def of_demo(parser: argparse.ArgumentParser) -> None:
    """Declare ``demo``'s."""
    parser.add_argument("--calls", type=int, metavar="N", help="end after N calls (default: until Ctrl-C)")
    parser.add_argument("--seconds", type=float, metavar="N", help="end after N seconds (default: until Ctrl-C)")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where everything of it lives (default: the cache)")
    parser.add_argument("--lang", choices=get_args(Spoken), default="uk", help="of the console and of what is spoken")
    parser.add_argument("--days", type=int, default=90, metavar="N", help="days of made-up past (default: 90; 0: none)")
    parser.add_argument(
        "--closed",
        action="store_true",
        help="begin at night: callers are promised a time and called back then, after a minute or two",
    )
    parser.add_argument(
        "--odoo",
        action="store_true",
        help="start a real Odoo 19, too (fetched once, about 130 MB), and tell it of the calls; its address, login "
        "and password are shown",
    )


def of_replay(parser: argparse.ArgumentParser) -> None:
    """Declare ``replay``'s."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a capture; `-` reads standard input")
    parser.add_argument("--format", choices=("ami", "json", "cel"), help="what FILE is (default: seen by its content)")
    parser.add_argument(
        "--trunk",
        action="append",
        default=[],
        metavar="PATTERN",
        help="a glob over channel names that are trunks, e.g. 'PJSIP/carrier-*'; may be repeated (default: guessed)",
    )

    parser.add_argument(
        "--explain", action="store_true", help="print why each call got its verdict, event by event, instead of JSON"
    )


def of_hours(parser: argparse.ArgumentParser) -> None:
    """Declare ``hours``'s."""
    of_config(parser)
    parser.add_argument("--at", metavar="TIME", help="`2026-12-25T10:00`, `14:30`, `90m` from now (default: now)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--did", metavar="NUMBER", help="the hours of this number of ours (default: the general ones)")
    which.add_argument("--group", metavar="NAME", help="the hours of this group of managers")


def of_settings(parser: argparse.ArgumentParser) -> None:
    """Declare ``settings``'s."""
    parser.add_argument("--sample", action="store_true", help="print a settings file with all defaults instead")


def of_callbacks(parser: argparse.ArgumentParser) -> None:
    """Declare ``callbacks``'s."""
    from telephony.commands.callbacks import add_callbacks_arguments

    of_config(parser)
    add_callbacks_arguments(parser)


def of_directory(parser: argparse.ArgumentParser) -> None:
    """Declare ``directory``'s."""
    from telephony.commands.callbacks import add_directory_arguments

    of_config(parser)
    add_directory_arguments(parser)


def of_dialplan(parser: argparse.ArgumentParser) -> None:
    """Declare ``dialplan``'s."""
    from telephony.commands.dialplan import add_dialplan_arguments

    of_config(parser)
    add_dialplan_arguments(parser)


def of_prompts(parser: argparse.ArgumentParser) -> None:
    """Declare ``prompts``'s."""
    from telephony.commands.prompts import add_prompts_arguments

    of_config(parser)
    add_prompts_arguments(parser)


def of_ledger(parser: argparse.ArgumentParser) -> None:
    """Declare ``ledger``'s."""
    from telephony.commands.dead_letters import add_ledger_arguments

    of_config(parser)
    add_ledger_arguments(parser)


def of_audit(parser: argparse.ArgumentParser) -> None:
    """Declare ``audit``'s."""
    of_config(parser)
    when = "`24h` ago, `2026-03-01`, `2026-03-01T09:00`, `now`"
    parser.add_argument("--since", default="24h", metavar="TIME", help=f"{when} (default: 24h)")
    parser.add_argument("--until", default="now", metavar="TIME", help="the same (default: now)")
    parser.add_argument(
        "--patience",
        type=float,
        default=15,
        metavar="MINUTES",
        help="what is due for longer and not done is missing (default: 15)",
    )
    parser.add_argument("--pbx", default="", metavar="NAME", help="the calls of this PBX only (default: of all)")
    parser.add_argument("--json", action="store_true", help="as one JSON object instead of a table")
