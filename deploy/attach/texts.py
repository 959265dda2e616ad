"""The lines that we add to Asterisk's files (pure), from the samples in `deploy/asterisk`."""

import re
from importlib import resources

from deploy.attach.facts import Survey
from deploy.attach.reading.tree import ConfTree
from deploy.attach.settings_file import AmiLogin
from deploy.event_filters import new_filters

MODULES = (
    "res_agi",
    "app_stack",
    "app_dial",
    "app_playback",
    "app_exec",
    "app_read",
    "app_mixmonitor",
    "app_userevent",
    "func_strings",
    "func_cut",
    "func_global",
    "func_logic",
    "func_channel",
    "func_callerid",
    "func_cdr",
    "format_wav",
    "format_sln",
    "cel_custom",
)
"""What our dialplan, the recordings and CEL need."""
_YES = frozenset({"yes", "true", "on", "1", "y", "t"})


def manager_general(tree: ConfTree) -> str:
    """Give what ``[general]`` of manager.conf lacks; empty if it is as we need it."""
    general = tree.section("general")
    lines = []
    if general is None or general.get("enabled").lower() not in _YES:
        lines += ["enabled = yes", "bindaddr = 127.0.0.1"]
    if general is None or general.get("timestampevents").lower() not in _YES:
        lines.append("timestampevents = yes")
    return "".join(f"{line}\n" for line in lines)


def ami_port(tree: ConfTree) -> int:
    """Return the port on which AMI listens or will."""
    port = tree.value("general", "port", "5038").rstrip(";").strip()
    return int(port) if port.isascii() and port.isdecimal() and 0 < int(port) < 65536 else 5038  # noqa: PLR2004


def ami_host(tree: ConfTree) -> str:
    """Return the address at which AMI listens: this machine's own, unless it is told one of the network's."""
    general = tree.section("general")
    listens = general is not None and general.get("enabled").lower() in _YES
    address = general.get("bindaddr") if general is not None and listens else ""
    found = re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", address)
    return "127.0.0.1" if found is None or address.startswith(("0.", "127.")) else address


def ami_user(login: AmiLogin, version: str) -> str:
    """Give the AMI user's section: the sample's rights and filters, from this machine only."""
    _, _, section = _sample("manager.conf").partition("[ringback]\n")
    filters = [line for line in section.splitlines() if line.startswith("eventfilter")]
    if not new_filters(version):
        filters = [line for line in _sample("manager-legacy.conf").splitlines() if line.startswith("eventfilter")]
    rights = [line for line in section.splitlines() if re.match(r"(deny|permit|writetimeout|read|write)\s*=", line)]
    rights = [line.partition(";")[0].rstrip() for line in rights]
    if login.host not in {"127.0.0.1", "localhost"}:
        rights.insert(2, f"permit = {login.host}/255.255.255.255")  # we come from the address that we go to
    return "".join(f"{line}\n" for line in (f"[{login.user}]", f"secret = {login.secret}", *rights, *filters))


def cel_general(tree: ConfTree) -> str:
    """Give what ``[general]`` of cel.conf lacks; empty if it is as we need it."""
    general = tree.section("general")
    lines = []
    if general is None or general.get("enable").lower() not in _YES:
        lines.append("enable = yes")
    apps = {part.strip().lower() for value in (general.all("apps") if general else []) for part in value.split(",")}
    if not {"dial", "queue", "park"} <= apps and "all" not in apps:
        lines.append("apps = dial,queue,park")
    if general is None or "ALL" not in {part.strip().upper() for part in general.get("events").split(",")}:
        lines.append("events = ALL")
    if general is not None and general.get("dateformat"):
        lines.append("dateformat =")  # seconds since 1970, which have no zone to get wrong
    return "".join(f"{line}\n" for line in lines)


def cel_mapping() -> str:
    """Give the line of cel_custom.conf that writes our file."""
    return next(f"{line}\n" for line in _sample("cel_custom.conf").splitlines() if line.startswith("ringback.csv"))


def module_lines(survey: Survey) -> str:
    """Give the ``load`` lines for modules that a PBX without autoload does not load; empty if it loads all."""
    modules = survey.trees.modules
    if not modules.is_there or modules.value("modules", "autoload", "no").lower() in _YES or not survey.loaded:
        return ""
    return "".join(f"load = {name}.so\n" for name in MODULES if name not in survey.loaded)


def _sample(name: str) -> str:
    return resources.files("deploy").joinpath("asterisk", name).read_text(encoding="utf-8")
