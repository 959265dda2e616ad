"""The logic of ``ringback dialplan``: one file for the PBX to include, filled in from the settings.

The templates are in `dialplan/`; words between ``@`` signs are filled in. What goes in was checked by patterns: no
value can bring a character that means something to the dialplan.
"""

import re
from enum import StrEnum
from importlib import resources

from telephony.settings import VoiceSettings
from telephony.voice.errors import DialplanError
from telephony.voice.words.phrases import Line

_WORD = re.compile(r"@([A-Z_]+)@")
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9/._:\[\]-]+")
_HEAD = """\
; Written by `ringback dialplan` for {kind}; written anew by the next run, so change the settings, not this file.
; What Asterisk and the daemon expect of one another is told in dialplan/README.md.
"""


class Kind(StrEnum):
    """Whose dialplan it is for."""

    ASTERISK = "asterisk"
    """A plain one: extensions.conf."""
    FREEPBX = "freepbx"
    """FreePBX and its kin: extensions_custom.conf."""


_DOORS = ("from-trunk", "from-pstn", "from-pstn-toheader", "from-pstn-e164-us", "from-dahdi")
"""FreePBX's own contexts for what comes in."""
# ``_-.`` is ``_.`` (a dash in a pattern counts for nothing), without Asterisk's warning that it takes ``h`` as well.
_DOOR = """\
[ringback-{context}]
exten => _-.,1,Gosub(ringback-inbound,s,1(later))
 same => n,Set(RINGBACK_ASKED=${{FILTER(A-Za-z0-9+*#._\\x2d,${{EXTEN}})}})
 same => n,GotoIf($["${{RINGBACK_ASKED}}" = ""]?{context},s,1)
 same => n,Goto({context},${{RINGBACK_ASKED}},1)
exten => h,1,NoOp()
"""
_ROUTE = (
    ' same => n,ExecIf($["${RINGBACK_NUMBER}" != ""]?Set(RINGBACK_DIAL=Local/${RINGBACK_NUMBER}@from-internal/n))'
    "  ; by the outbound routes"
)
_EVERYBODYS = ("recording.conf", "inbound.conf", "manager.conf", "click.conf", "survey.conf", "test.conf")
_PARTS = {Kind.ASTERISK: _EVERYBODYS, Kind.FREEPBX: (*_EVERYBODYS, "freepbx.conf")}


def render(settings: VoiceSettings, kind: Kind) -> str:
    """Return the whole file.

    Raises:
        DialplanError: a setting cannot be written into a dialplan.
    """
    host = settings.agi_host or settings.host
    published = f"{settings.pbx_folder or settings.folder}/published/{settings.language}"
    values = {
        "AGI": _plain("voice.agi_host", f"[{host}]" if ":" in host else host) + f":{settings.port}",
        "PUBLISHED": _plain("voice.pbx_folder", published),
    }
    values["OWNER_SECONDS"] = str(settings.owner_seconds)
    by_routes = kind is Kind.FREEPBX and not settings.dial
    values["ROUTE"] = _ROUTE if by_routes else "; (as voice.dial says, else on the trunk of their call)"
    values["DOORS"] = "\n".join(_DOOR.format(context=context) for context in _DOORS)
    values["NOTICE"] = _notice(values["PUBLISHED"]) if settings.recording_notice else "; (no recording notice)"
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - refused, not bound
        raise DialplanError("voice.host listens everywhere: tell the PBX this machine's address by voice.agi_host")
    parts = (_filled(_template(name), values) for name in _PARTS[kind])
    return "\n".join([_HEAD.format(kind=kind.value), *parts])


def by_hand(kind: Kind, path: str) -> tuple[str, ...]:
    """Return the lines that the operator has to write, each with where it goes; three at most."""
    match kind:
        case Kind.ASTERISK:
            return (
                f'extensions.conf, at its end:  #include "{path}"',
                "the trunk's context, first in each extension:  same => n,Gosub(ringback-inbound,s,1)",
                "where you tell callers that you are closed:  same => n,Goto(ringback-closed,s,1)",
            )
        case Kind.FREEPBX:
            return (
                f'extensions_custom.conf, at its end:  #include "{path}"',
                "the trunk's Context (pjsip Settings, General), from-pstn for example:  ringback-from-pstn",
                "a Custom Destination for your time condition:  ringback-closed,s,1",
            )


def _notice(published: str) -> str:
    """As early media, so that a call is not answered, and not paid for, by an announcement."""
    return f" same => n,Progress()\n same => n,Playback({published}/{Line.RECORDING_NOTICE},noanswer)"


def _plain(setting: str, value: str) -> str:
    if not _PLAIN_VALUE.fullmatch(value):
        raise DialplanError(f"{setting}: {value!r} cannot be written into a dialplan; letters, digits and / . _ - only")
    return value


def _template(name: str) -> str:
    return resources.files("dialplan").joinpath(name).read_text(encoding="utf-8")


def _filled(text: str, values: dict[str, str]) -> str:
    return _WORD.sub(lambda found: values[found[1]], text)
