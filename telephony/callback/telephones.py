"""A manager may have several telephones on one extension: on the table, on the computer, in the pocket.

``Originate`` of ``PJSIP/101`` rings one of its contacts, whichever registered last; FreePBX's own calls ring all. So
where there are several, the generated dialplan's ``ringback-ring`` is rung, which dials them together; who picks up is
the manager, and the others go quiet. With one, and with a PBX whose dialplan an older version wrote, nothing changes.
"""

import re
from typing import Final

from telephony.errors import NotReady, Refused
from telephony.pbx.asking import value_of
from telephony.pbx.requests import GetVariable
from telephony.ports import Actions

_CONTEXT: Final = "ringback-ring"
_EXTENSION: Final = re.compile(r"PJSIP/([0-9A-Za-z][A-Za-z0-9._-]{1,60})")
_ASK_SECONDS: Final = 1.0


async def all_telephones(pbx: Actions, phone: str) -> str:
    """Return what rings all contacts of ``phone``: itself, unless it is known to have more than one."""
    extension = _EXTENSION.fullmatch(phone)
    if extension is None:
        return phone
    try:
        contacts = await _asked(pbx, f"PJSIP_DIAL_CONTACTS({extension[1]})")
        if "&" in contacts and await _asked(pbx, f"DIALPLAN_EXISTS({_CONTEXT},{extension[1]},1)") == "1":
            return f"Local/{extension[1]}@{_CONTEXT}/n"
    except (NotReady, Refused):
        return phone  # the ring itself tells how the PBX is
    return phone


async def _asked(pbx: Actions, function: str) -> str:
    return await value_of(pbx, GetVariable(function), timeout_seconds=_ASK_SECONDS)
