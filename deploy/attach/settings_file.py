"""ringback.toml: what attaching knows, as settings (pure). Everything else keeps its default."""

import json
import tomllib
from typing import Any, NamedTuple

import phonenumbers
from babel.core import get_global

from deploy.attach.facts import Survey
from telephony.voice.dialplan import Kind

SETTINGS = "/etc/ringback/ringback.toml"
HOME = "/var/lib/ringback"
"""Where Ringback keeps its own, by default."""
_PLACEHOLDER = "the secret of [ringback] in manager.conf"
"""In the sample that packages install: nobody has filled it in."""
_AMI_PORT = 5038
_HERE = "127.0.0.1"
_HEAD = "# Ringback's settings; all others have their defaults (docs/settings.md, or `ringback settings --sample`).\n"
_LANGUAGES = {"UA": "uk", "RU": "ru", "BY": "ru", "KZ": "ru", "KG": "ru"}
"""What most callers of a country are spoken to in, of the three that we have; elsewhere English."""


class AmiLogin(NamedTuple):
    """The AMI user that the settings name."""

    user: str
    secret: str
    port: int
    host: str = _HERE


def is_nobodys(text: str) -> bool:
    """Tell whether the settings are the package's sample as it came, or nothing: ours to write."""
    if not text.strip():
        return True
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    secrets = [one.get("secret") for one in values.get("pbx", []) if isinstance(one, dict)]
    return not values or secrets == [_PLACEHOLDER]


def settings_text(survey: Survey, login: AmiLogin, home: str = HOME, mounted: str | None = "") -> str:
    """Write the settings for this PBX.

    Args:
        survey: what was found.
        login: the AMI user, and the address at which the daemon reaches it.
        home: where Ringback keeps its own.
        mounted: where the daemon sees the PBX's ``/``; empty: it is the daemon's, too; None: nowhere.
    """
    region = region_of(survey.zone)
    folders = survey.folders
    trunks = survey.endpoints.trunks
    technologies = {phone.endpoint.partition("/")[0] for phone in survey.endpoints.phones}
    own = folders.monitor + "/ringback"
    elsewhere = home != HOME
    sections = {
        "[[pbx]]": [
            'name = "office"',
            f"host = {_text(login.host)}" if login.host != _HERE else "",
            f"port = {login.port}" if login.port != _AMI_PORT else "",
            f"username = {_text(login.user)}",
            f"secret = {_text(login.secret)}",
            f"trunks = [{', '.join(_text(trunk.glob) for trunk in trunks)}]",
            f"cel_file = {_text(mounted + folders.cel_file)}" if mounted is not None else "",
            f"monitor_folder = {_text(folders.monitor)}",
        ],
        "[database]": [
            f"folder = {_text(home + '/postgres')}" if elsewhere else "",
            f"spool_folder = {_text(home + '/spool')}" if elsewhere else "",
        ],
        "[numbers]": [f"region = {_text(region)}"],
        "[hours]": [f"timezone = {_text(survey.zone)}"],
        "[recording]": [
            f"folder = {_text(home + '/recordings')}" if elsewhere else "",
            f"pbx_folder = {_text(own)}",
            f"shared = [{{ there = {_text(folders.monitor)}, here = {_text((mounted or '') + folders.monitor)} }}]",
        ],
        "[voice]": [
            f"folder = {_text((mounted or '') + home + '-prompts')}" if elsewhere or mounted else "",
            f"pbx_folder = {_text(home + '-prompts')}" if mounted else "",
            f"language = {_text(_LANGUAGES.get(region, 'en'))}",
            f"messages_folder = {_text(own)}",
            f"trunk = {_text(trunks[0].endpoint)}" if trunks else "",
            'dial = "Local/{number}@from-internal/n"' if survey.distribution.dialplan is Kind.FREEPBX else "",
        ],
        "[directory]": ['technology = "SIP"' if "SIP" in technologies and "PJSIP" not in technologies else ""],
        "[callback]": [
            f"own_numbers = [{', '.join(_text(number) for number in survey.dids)}]" if survey.dids else "",
        ],
    }
    return _HEAD + "".join(_section(header, lines) for header, lines in sections.items())


def _section(header: str, lines: list[str]) -> str:
    kept = [line for line in lines if line]
    return "".join(f"{line}\n" for line in ("", header, *kept)) if kept else ""


def region_of(zone: str) -> str:
    """Return the country of a zone, if its numbers are known; else Ukraine, the settings' own default."""
    territory = str(get_global("zone_territories").get(zone, ""))
    return territory if territory in phonenumbers.SUPPORTED_REGIONS else "UA"


def _text(value: str) -> str:
    """Write a TOML string; JSON's escapes are a part of TOML's."""
    return json.dumps(value, ensure_ascii=False)
