"""The receiver's page: the calls as the deliveries tell them. Pure.

Every text is from a network (callers choose their own names), so all of it is escaped and its control characters and
direction marks are made visible; the page holds no script, and its policy allows none.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from zoneinfo import ZoneInfo

from deploy.demo.inbox import Line, Row
from telephony.daemon.terminal_text import plain

_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }
table { border-collapse: collapse; width: 100% } caption { text-align: left; font-weight: bold; padding: .5em 0 }
th, td { text-align: left; padding: .3em .8em .3em 0; border-bottom: 1px solid #ddd; vertical-align: top }
td.missed { color: #b00020; font-weight: bold } td.small { font: 13px/1.4 ui-monospace, monospace }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_HEAD = ("began", "", "customer", "our side", "owner", "answered by", "outcome", "recording", "callback")
_ARROWS = {"inbound": "→", "outbound": "←", "internal": "↔"}
_REFRESH_SECONDS = 5


def page(rows: Iterable[Row], lines: Iterable[Line], repeated: int, zone: ZoneInfo) -> str:
    """Write the page: a row for each call, and below them the deliveries as they came, newest first."""
    head = "".join(f"<th>{name}</th>" for name in _HEAD)
    calls = "".join(_call(row, zone) for row in rows) or f'<tr><td colspan="{len(_HEAD)}">none has ended yet</td></tr>'
    deliveries = "".join(_delivery(line, zone) for line in lines)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="{_REFRESH_SECONDS}">
<title>Ringback demo: what a webhook receiver was told</title><style>{_STYLE}</style></head><body>
<h1>What a webhook receiver was told</h1>
<p>Each delivery's signature was checked; {repeated} came twice and are shown once. The names of owners and the links to
recordings are from the API. This page renews itself.</p>
<table><caption>Calls</caption><thead><tr>{head}</tr></thead><tbody>{calls}</tbody></table>
<table><caption>Deliveries</caption><thead><tr><th>at</th><th>type</th><th>about</th><th>what it says</th></tr></thead>
<tbody>{deliveries}</tbody></table>
</body></html>
"""


def _call(row: Row, zone: ZoneInfo) -> str:
    arrow = "↺" if row.kind == "callback" else _ARROWS.get(row.direction, "")
    missed = ' class="missed"' if row.outcome.startswith("missed") else ""
    before = (f"{row.began.astimezone(zone):%H:%M:%S}", arrow, row.customer or "hidden or internal")
    cells = "".join(f"<td>{_safe(text)}</td>" for text in (*before, row.ours, row.owner or "—", row.answered_by or "—"))
    return (
        f"<tr>{cells}<td{missed}>{_safe(row.outcome)}</td>"
        f"<td>{_link(row.recording) or '—'}</td><td>{_safe(row.callback) or '—'}</td></tr>\n"
    )


def _delivery(line: Line, zone: ZoneInfo) -> str:
    shown = _link(line.said) or _safe(line.said)
    texts = (f"{line.at.astimezone(zone):%H:%M:%S}", line.kind, line.about)
    return "<tr>" + "".join(f'<td class="small">{_safe(text)}</td>' for text in texts) + f"<td>{shown}</td></tr>\n"


def _link(address: str) -> str:
    """Make what is an address of ours a link; empty for anything else."""
    if not address.startswith("http://127.0.0.1:") or " " in address:
        return ""
    return f'<a href="{_safe(address)}" target="_blank" rel="noreferrer noopener">listen</a>'


def _safe(text: str) -> str:
    return escape(plain(text))
