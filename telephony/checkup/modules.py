"""Has the PBX loaded what our dialplan and recordings need?"""

from typing import Final

from telephony.ami.link import AmiLink
from telephony.checkup.findings import CheckFinding, ok, warn
from telephony.errors import ActionRefused
from telephony.pbx.asking import ask
from telephony.pbx.requests import IsLoaded

_NEEDED: Final = {
    "app_mixmonitor": "nothing is recorded",
    "format_sln": "nothing is recorded",
    "app_stack": "the dialplan's subroutines do not run",
    "res_agi": "managers and callers are not spoken to",
    "app_dial": "nobody is dialled",
    "app_exec": "the dialplan's conditions do not run",
    "app_playback": "nothing is said while the daemon is away",
    "format_wav": "nothing is said",
    "func_strings": "recordings get no names",
    "func_cut": "an attempt that nobody heard of is held for a person",
    "func_global": "an attempt that nobody heard of is held for a person",
    "func_logic": "recordings get no names",
    "func_channel": "a dial's end is not reported",
    "func_callerid": "customers see the wrong number",
}
"""And what is lost without each."""


async def check_modules(subject: str, link: AmiLink) -> CheckFinding:
    """Ask for each module."""
    missing = [name for name in _NEEDED if not await _is_loaded(link, name)]
    if len(missing) == len(_NEEDED):
        return ok(subject, "which are loaded may not be asked")
    if missing:
        lost = "; ".join(dict.fromkeys(_NEEDED[name] for name in missing))
        cure = "".join(f"load = {name}.so  " for name in missing) + "in modules.conf, then: module load NAME"
        return warn(subject, f"not loaded: {', '.join(missing)}. Without: {lost}", cure)
    return ok(subject, "all that the dialplan and recordings need are loaded")


async def _is_loaded(link: AmiLink, name: str) -> bool:
    try:
        await ask(link, IsLoaded(name))
    except ActionRefused:
        return False
    return True
