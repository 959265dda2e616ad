"""Do the contexts by which trunks are told fit any trunk of the PBX?

A context that no endpoint has is a trap: every call then reads as internal. It springs when a trunk is led through
another context than the one that was written down, through one of ours for example.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from telephony.ami.link import AmiLink
from telephony.calls.tracking.trunks import DOORS
from telephony.checkup.findings import CheckFinding, ok, warn
from telephony.errors import RingbackError

_MOST_ASKED: Final = 500
"""Endpoints; each is a question of its own."""
_SHOWN: Final = 12


async def check_trunk_contexts(subject: str, globs: Iterable[str], link: AmiLink) -> CheckFinding:
    """Compare ``trunk_contexts`` with the contexts of the PBX's PJSIP endpoints."""
    told = ", ".join(globs)
    try:
        rows = await link.collect("PJSIPShowEndpoints")
        names = [row.headers.get("objectname", "") for row in rows][:_MOST_ASKED]
        found = {name: await _context_of(link, name) for name in names if name}
    except RingbackError:
        return ok(subject, f"told by {told} (the endpoints may not be listed)")
    wanted = (*globs, DOORS)
    fitting = [name for name, context in found.items() if any(fnmatchcase(context, glob) for glob in wanted)]
    if fitting or not found:
        return ok(subject, f"{', '.join(sorted(fitting)) or 'none that is PJSIP'} by {told}")
    contexts = ", ".join(sorted(set(found.values()))[:_SHOWN])
    cure = f'`trunks = ["PJSIP/your-trunk-*"]`, or one of the contexts that this PBX\'s endpoints have: {contexts}'
    return warn(subject, f"no endpoint's context fits {told}: every call would read as internal", cure)


async def _context_of(link: AmiLink, endpoint: str) -> str:
    details = await link.collect("PJSIPShowEndpoint", {"Endpoint": endpoint})
    return next((row.headers["context"] for row in details if row.headers.get("objecttype") == "endpoint"), "")
