"""Is the PBX reached, may we do what we do there, and do we hear what happens?"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple

from telephony.ami.clock_offset import CURE as CLOCK_CURE
from telephony.ami.link import AmiLink
from telephony.ami.protocol.messages import NEEDED, NEEDED_VALUES
from telephony.ami.rights import CURE, lost_without, rights
from telephony.ami.states import LinkChange, LinkState
from telephony.callback.originate import CONTEXT
from telephony.cel.tail import NOWHERE, end_of
from telephony.channel_events import ChannelEvent, ChannelHungUp
from telephony.checkup.config_file import config_lines
from telephony.checkup.filters import Filter, SendableEvent, hears
from telephony.checkup.findings import CheckFinding, fail, ok, warn
from telephony.checkup.modules import check_modules
from telephony.checkup.spool import check_monitor_folder
from telephony.checkup.trunk_contexts import check_trunk_contexts
from telephony.errors import ActionRefused, NotReady, RingbackError
from telephony.pbx.asking import ask
from telephony.pbx.requests import IsLoaded, Originate, ReadConfig, ShowContext, ToApplication
from telephony.settings import PbxSettings

_LEGACY: Final = frozenset(
    {
        "Newcallerid",
        "Dial",
        "Bridge",
        "Link",
        "Unlink",
        "Masquerade",
        "Transfer",
        "Join",
        "Leave",
        "MeetmeJoin",
        "MeetmeLeave",
    }
)
"""Names that only Asterisk 11 and older use."""
_HEARD_WITHIN = 2.0
_INBOUND = "ringback-inbound"
_WITNESS = "ringback-witness"
_BEHIND_A_LINK = "escalated"
"""In Asterisk's words for a file that leads out of its folder, as FreePBX's do: it is there, but not shown."""
_UNSEEN: Final = {"enable": "yes", "events": "ALL"}
_MAPPING = "ringback.csv"
_NOWHERE = "Local/s@ringback-check-nowhere/n"


class HeardLine(NamedTuple):
    """A logged-in link and what came over it."""

    link: AmiLink
    heard: asyncio.Queue[ChannelEvent]


async def check_pbx(pbx: PbxSettings, *, callbacks: bool) -> AsyncIterator[CheckFinding]:
    """Look at one PBX. ``callbacks``: whether managers' phones are to be rung there."""
    subject = f"ami {pbx.name}"
    try:
        async with logged_in(pbx) as line:
            yield await _greeting(subject, pbx, line.link)
            for finding in [
                await check_clock(f"clock {pbx.name}", line.link),
                await _rights(f"rights {pbx.name}", line.link),
                *(await _hearing(f"events {pbx.name}", pbx, line)),
                *(await _trunks(f"trunks {pbx.name}", pbx, line.link)),
                *(await _cel(f"cel {pbx.name}", line.link)),
                _cel_file(f"cel file {pbx.name}", pbx.cel_file),
                await check_monitor_folder(f"monitor folder {pbx.name}", line.link, pbx.monitor_folder),
                await check_dialplan(f"dialplan {pbx.name}", line.link, callbacks=callbacks),
                await check_modules(f"modules {pbx.name}", line.link),
            ]:
                yield finding
    except RingbackError as error:
        yield fail(subject, str(error), _cure(pbx, error))


@asynccontextmanager
async def logged_in(pbx: PbxSettings) -> AsyncIterator[HeardLine]:
    """Log in, for a moment.

    Raises:
        RingbackError: it could not be; the text says why.
    """
    heard: asyncio.Queue[ChannelEvent] = asyncio.Queue()
    changes: asyncio.Queue[LinkChange] = asyncio.Queue()
    link = AmiLink(
        pbx,
        heard.put_nowait,
        on_snapshot=lambda _: None,
        on_state=changes.put_nowait,
        clock=lambda: datetime.now(UTC),
        rng=random.Random(),  # noqa: S311 - jitter and ids
    )
    running = asyncio.create_task(link.run(), name=f"check {pbx.name}")
    try:
        change = await changes.get()
        if change.state is LinkState.DOWN:
            raise NotReady(change.reason)
        yield HeardLine(link, heard)
    finally:
        running.cancel()
        await asyncio.wait({running})


def _cure(pbx: PbxSettings, error: RingbackError) -> str:
    if "Correct" in str(error) or "is it AMI" in str(error):
        return ""
    return f"is Asterisk up, `enabled = yes` in manager.conf, and {pbx.host}:{pbx.port} its address and port?"


async def _greeting(subject: str, pbx: PbxSettings, link: AmiLink) -> CheckFinding:
    try:
        answer = await link("CoreSettings")
        version = f"Asterisk {answer.get('asteriskversion', '')}"
    except ActionRefused:
        version = "an Asterisk that does not tell its version"
    return ok(subject, f"logged in at {pbx.host}:{pbx.port} as {pbx.username}: {version}, AMI {link.version}")


async def check_clock(subject: str, link: AmiLink) -> CheckFinding:
    """Do the PBX's clock and ours agree?"""
    try:
        link.clock_offset.note(await link("Ping"))
    except ActionRefused as error:
        return warn(subject, f"the PBX does not tell its time: {error}", "")
    offset = link.clock_offset
    return fail(subject, str(offset), CLOCK_CURE) if offset.is_far else ok(subject, str(offset))


async def _rights(subject: str, link: AmiLink) -> CheckFinding:
    try:
        found = rights(await link("ListCommands"))
    except ActionRefused as error:
        return warn(subject, f"the PBX does not list what we may do: {error}", f"{CURE}  in manager.conf")
    if found.missing:
        lost = "; ".join(lost_without(found.missing))
        return fail(subject, f"may not send {', '.join(found.missing)}. Without: {lost}", f"{CURE}  in manager.conf")
    return ok(subject, "may do all that Ringback does")


async def _hearing(subject: str, pbx: PbxSettings, line: HeardLine) -> list[CheckFinding]:
    try:
        heard = await _channel_to_nowhere_is_heard(line)
    except ActionRefused as error:
        return [warn(subject, f"could not be tried: {error}", f"{CURE}  in manager.conf")]
    if not heard:
        cure = "read = system,call,agent,user,dialplan  and the eventfilter lines of deploy/asterisk/manager.conf"
        return [fail(subject, "a channel came and went, and we heard nothing of it", cure)]
    try:
        own = await ask(line.link, ReadConfig("manager.conf", pbx.username))
    except ActionRefused:
        return [ok(subject, "channels are heard (the filters are not in manager.conf, or may not be read)")]
    return [_filters(subject, list(config_lines(own)), line.link.version)]


async def _channel_to_nowhere_is_heard(line: HeardLine) -> bool:
    """Make a channel that leads nowhere; tell whether its end was heard."""
    await ask(line.link, Originate(_NOWHERE, ToApplication("NoOp"), ring_seconds=1))
    try:
        async with asyncio.timeout(_HEARD_WITHIN):
            while True:
                event = await line.heard.get()
                if isinstance(event, ChannelHungUp) and "ringback-check-nowhere" in event.channel.name:
                    return True
    except TimeoutError:
        return False


def _filters(subject: str, lines: list[tuple[str, str]], version: str) -> CheckFinding:
    filters = [Filter(key, value) for key, value in lines if key.lower().startswith("eventfilter")]
    needed = NEEDED if version.startswith("1.") else NEEDED - _LEGACY
    wanted = [event for name in sorted(needed) for event in _events_of(name)]
    missing = [f"{event.name} {event.value}".rstrip() for event in wanted if not hears(filters, event)]
    granted = next((value for key, value in lines if key == "read"), "all")
    lacking = {"call", "agent", "user", "dialplan"} - {right.strip() for right in granted.split(",")}
    if "all" not in granted and lacking:
        cure = "read = system,call,agent,user,dialplan  in manager.conf, then: manager reload"
        return warn(
            subject, f"`read` lacks {', '.join(sorted(lacking))}: queues, recordings or off-hours go unheard", cure
        )
    if missing:
        cure = "take the eventfilter lines of deploy/asterisk/manager.conf, then: manager reload"
        return warn(subject, f"the filters hold back {', '.join(missing)}", cure)
    if not filters:
        cure = "take the eventfilter lines of deploy/asterisk/manager.conf: a third of the traffic"
        return warn(subject, "all is heard, also what nobody needs (no event filters)", cure)
    return ok(subject, f"all that Ringback needs is heard, through {len(filters)} filters")


def _events_of(name: str) -> list[SendableEvent]:
    """The events of that name that are needed: all, or those with certain values of a header."""
    header, values = NEEDED_VALUES.get(name, ("", frozenset()))
    return [SendableEvent(name, header, value) for value in sorted(values)] or [SendableEvent(name)]


async def _trunks(subject: str, pbx: PbxSettings, link: AmiLink) -> list[CheckFinding]:
    if not pbx.trunks and not pbx.trunk_contexts:
        cure = '`trunks = ["PJSIP/your-trunk-*"]` or `trunk_contexts = ["from-trunk*"]` under [[pbx]]'
        return [
            warn(subject, "none is told: which channels lead outside is guessed by names, contexts and numbers", cure)
        ]
    if pbx.trunk_contexts and not pbx.trunks:
        return [await check_trunk_contexts(subject, pbx.trunk_contexts, link)]
    if not all(glob.startswith("PJSIP/") for glob in pbx.trunks):
        return [ok(subject, f"told by {', '.join(pbx.trunks + pbx.trunk_contexts)}")]
    try:
        rows = await link.collect("PJSIPShowEndpoints")
    except RingbackError:
        return [ok(subject, f"told by {', '.join(pbx.trunks)} (the endpoints may not be listed)")]
    names = [row.headers.get("objectname", "") for row in rows]
    matched = {name for name in names for glob in pbx.trunks if fnmatchcase(f"PJSIP/{name}-00000001", glob)}
    idle = [glob for glob in pbx.trunks if not any(fnmatchcase(f"PJSIP/{name}-00000001", glob) for name in names)]
    if idle:
        cure = (
            f"an endpoint's channels are named PJSIP/NAME-...; this PBX has {', '.join(sorted(names)[:12]) or 'none'}"
        )
        return [warn(subject, f"no endpoint fits {', '.join(idle)}", cure)]
    return [ok(subject, f"{', '.join(sorted(matched))} by {', '.join(pbx.trunks)}")]


async def _cel(subject: str, link: AmiLink) -> list[CheckFinding]:
    cure = (
        "deploy/asterisk/cel.conf and cel_custom.conf in /etc/asterisk, `module load cel_custom`, `module reload cel`"
    )
    without = "calls that go on while Ringback is down cannot be rebuilt in full"
    try:
        general = dict(config_lines(await ask(link, ReadConfig("cel.conf"))))
    except ActionRefused as error:
        if _BEHIND_A_LINK not in str(error):
            return [warn(subject, f"no cel.conf (or it may not be read): {without}", cure)]
        general = _UNSEEN
    if general.get("enable", "no").lower() not in {"yes", "true", "on", "1"}:
        return [warn(subject, f"`enable` is not `yes` in cel.conf: {without}", cure)]
    if "ALL" not in general.get("events", "").upper():
        return [warn(subject, f"`events` is not `ALL` in cel.conf: {without}", cure)]
    try:
        await ask(link, IsLoaded("cel_custom"))
        mapping = dict(config_lines(await ask(link, ReadConfig("cel_custom.conf"))))
    except ActionRefused as error:
        if _BEHIND_A_LINK not in str(error):
            return [warn(subject, f"cel_custom is not loaded or has no mapping: {without}", cure)]
        mapping = {_MAPPING: ""}  # not seen: whether its file is written is looked at next
    if _MAPPING not in mapping:
        return [warn(subject, f"cel_custom.conf has no mapping `ringback.csv`: {without}", cure)]
    unseen = " (cel.conf itself is a link, as FreePBX's is, and may not be read)" if general is _UNSEEN else ""
    return [ok(subject, f"Asterisk writes CEL to ringback.csv{unseen}")]


def _cel_file(subject: str, file: Path | None) -> CheckFinding:
    """Can calls that nobody heard be read afterwards?"""
    if file is None:
        cure = 'cel_file = "/var/log/asterisk/cel-custom/ringback.csv" under [[pbx]], as this machine sees it'
        return warn(subject, "not told: a call that comes and goes while Ringback is down is never known", cure)
    try:
        end = end_of(file)
        if end == NOWHERE:
            return warn(subject, f"{file} is not there yet", "make a call, then check again: Asterisk makes it then")
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        return fail(
            subject, f"{file}: {error.strerror}", "correct `cel_file`, or let this user read it (group asterisk)"
        )
    return ok(subject, f"{file} can be read, {end.offset:,} bytes")


async def check_dialplan(subject: str, link: AmiLink, *, callbacks: bool) -> CheckFinding:
    """Is the generated dialplan loaded, as far as it is needed?"""
    loaded = [context for context in (CONTEXT, _INBOUND) if await _has_context(link, context)]
    cure = "ringback dialplan --out FILE, include it where that command says, and: dialplan reload"
    if CONTEXT in loaded and callbacks and not await _has_context(link, _WITNESS):
        why = f"an older version without {_WITNESS}: a callback whose end nobody heard is held for a person"
        return warn(subject, why, cure)
    if CONTEXT in loaded:
        return ok(subject, f"{', '.join(loaded)} loaded")
    if callbacks:
        return fail(subject, f"the context {CONTEXT} is not loaded: no manager's phone can be rung", cure)
    return warn(subject, "not loaded: recordings begin at the answer, by AMI", cure)


async def _has_context(link: AmiLink, context: str) -> bool:
    try:
        asked = ShowContext(context)
        return bool(await link.collect(asked.action, asked.headers()))
    except ActionRefused:
        return False
