"""Where does the PBX put recordings that are named without a whole path?"""

from pathlib import PurePosixPath

from telephony.ami.link import AmiLink
from telephony.checkup.config_file import config_lines
from telephony.checkup.findings import CheckFinding, ok, warn
from telephony.errors import ActionRefused
from telephony.pbx.asking import ask
from telephony.pbx.requests import ReadConfig


async def check_monitor_folder(subject: str, link: AmiLink, folder: str) -> CheckFinding:
    """Compare ``folder`` (`pbx.monitor_folder`) with the PBX's `astspooldir`, if its asterisk.conf may be read.

    No event and no action of AMI tells that folder but the file itself; a section of it that is only a template
    (``[directories](!)``, as Debian ships it) is not in force and not listed.
    """
    try:
        answer = await ask(link, ReadConfig("asterisk.conf"))
    except ActionRefused:
        return ok(subject, f"{folder} (asterisk.conf may not be read to compare)")
    spool = next((value for name, value in config_lines(answer) if name == "astspooldir" and value), "")
    if not spool:
        return ok(
            subject, f"{folder} (asterisk.conf names no `astspooldir`: it is the one that Asterisk was built with)"
        )
    there = PurePosixPath(spool) / "monitor"
    if there != PurePosixPath(folder):
        why = f"recordings without a whole path lie in {there}, not in {folder}: those of repaired calls are not found"
        return warn(subject, why, f'monitor_folder = "{there}" under [[pbx]], and that folder among recording.shared')
    return ok(subject, f"{folder}, as asterisk.conf says")
