"""Attaching to a planted tree and undoing it, for the tests of both."""

from pathlib import Path

from deploy.attach import undoing
from deploy.attach.applying import apply
from deploy.attach.journal import open_journal
from deploy.attach.machine import Machine
from deploy.attach.plan import AttachPlan, make_plan
from deploy.attach.settings_file import AmiLogin, settings_text
from deploy.attach.survey import survey
from deploy.attach.undoing import UndoWay
from telephony.settings import TelephonySettings
from tests.unit.deploy.attach.pbxs import ETC

CONF = f"{ETC}/asterisk.conf"


LOGIN = AmiLogin("ringback", "s3cr3t-of-ours", 5038)


def plan_of(root: Path) -> AttachPlan:
    machine = Machine(root)
    found = survey(machine, CONF)
    text = settings_text(found, LOGIN)
    return make_plan(found, LOGIN, TelephonySettings(), text, "/etc/ringback/ringback.toml", machine.text_or_none)


def standing(root: Path) -> dict[str, tuple[object, ...]]:
    """Every file and link below, but the journal."""
    return {
        str(path.relative_to(root)): (path.readlink(),)
        if path.is_symlink()
        else (path.read_bytes(), path.stat().st_mode, path.stat().st_uid, path.stat().st_gid)
        for path in sorted(root.rglob("*"))
        if (path.is_symlink() or path.is_file()) and "ringback-attach" not in str(path)
    }


def undo(root: Path) -> dict[str, UndoWay]:
    machine = Machine(root)
    with open_journal(root / "var/lib/ringback-attach") as journal:
        ways = dict(undoing.undo_files(machine, journal))
        list(undoing.undo_folders(machine, journal))
        journal.forget()
    return ways


def attach(root: Path) -> None:
    machine = Machine(root)
    with open_journal(root / "var/lib/ringback-attach") as journal:
        list(apply(machine, journal, plan_of(root)))
