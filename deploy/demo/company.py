"""The demo's company as Ringback is told of it: settings, directory, and the three lines in its dialplan."""

import contextlib
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from crm_bridge.settings import CrmSettings, OdooSettings, WebhookSettings
from deploy.demo.traffic import CUSTOMERS, STRANGERS
from deploy.lab.company import EMPLOYEES, TRUNK, TRUNK_GLOB, Did
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Pbx
from deploy.lab.programs import find
from telephony.directory.model import CustomerEntry, Endpoint, ManagerEntry, ManagerId
from telephony.numbers import Canonical
from telephony.settings import (
    CallbackSettings,
    DatabaseSettings,
    HoursSettings,
    HttpSettings,
    LogSettings,
    NumberSettings,
    PbxSettings,
    PromiseSettings,
    RecordingSettings,
    SharedFolder,
    TelephonySettings,
    VoiceSettings,
)

COMPANY_DIALPLAN = """
[from-trunk-first]
exten => _+380442000XXX,1,Gosub(ringback-inbound,s,1)
 same => n,GotoIf($[${EPOCH} < @OPENING@]?ringback-closed,s,1)
 same => n,Goto(company-numbers,${EXTEN},1)

[from-internal-first]
exten => _[+0]X.,1,Gosub(ringback-record,s,1(manager))
 same => n,Goto(outbound,${EXTEN},1)
"""
"""What an operator writes into their own dialplan, in the company's words; ``@OPENING@``: their time condition."""
_USUAL_HTTP, _USUAL_AGI = 8480, 4573
_GROUP = "sales"


class Night(NamedTuple):
    """The company is closed, but not for long."""

    fell: datetime
    opening: datetime

    @property
    def schedule(self) -> str:
        """Working hours that end at nightfall and begin at the opening, in OSM syntax."""
        return f"{self.opening:%H:%M}-{self.fell:%H:%M}"


def night(now: datetime) -> Night:
    """Let night fall now; the morning comes with a full minute, in one to two."""
    minute = now.replace(second=0, microsecond=0)
    return Night(minute, minute + timedelta(minutes=2))


def company_dialplan(closed: Night | None) -> str:
    """Return what an operator writes, with the time until which the company is closed."""
    return COMPANY_DIALPLAN.replace("@OPENING@", str(int(closed.opening.timestamp())) if closed else "0")


def zone_here() -> str:
    """Name this machine's time zone, in which the demo's callers are told times."""
    name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    with contextlib.suppress(ValueError, OSError, KeyError):
        ZoneInfo(name)
        return name
    return "UTC"


class Told(NamedTuple):
    """Who is told of the calls."""

    webhook: WebhookSettings
    link_key: str
    """The id of the API key that links to recordings are made with."""
    odoo: OdooSettings | None = None

    def crm(self, port: int) -> CrmSettings:
        """Return the CRMs' settings; ``port`` is that of our API."""
        return CrmSettings(
            odoo=self.odoo,
            owners_from="odoo" if self.odoo else "",
            public_url=f"http://127.0.0.1:{port}",
            link_key=self.link_key,
            fresh_minutes=0.1,
        )


def company_settings(
    settings_class: Callable[..., TelephonySettings],
    folder: Path,
    pbx: Pbx,
    receivers: Told,
    closed: Night | None = None,
    language: str = "uk",
) -> TelephonySettings:
    """Return the daemon's settings; seconds stand where a company has minutes, and minutes where it has hours."""
    recordings = pbx.recordings
    port = _free_port(_USUAL_HTTP)
    return settings_class(
        pbx=(
            PbxSettings(
                name="demo",
                port=pbx.ami_port,
                username=pbx.ami_user,
                secret=SecretStr(pbx.ami_secret),
                trunks=(TRUNK_GLOB,),
                cel_file=pbx.cel_file,
            ),
        ),
        database=DatabaseSettings(folder=folder / "postgres", spool_folder=folder / "spool"),
        numbers=NumberSettings(region="UA"),
        recording=RecordingSettings(
            folder=folder / "recordings",
            pbx_folder=str(recordings / "ringback"),
            shared=(SharedFolder(there=str(recordings), here=recordings),),
        ),
        hours=HoursSettings(schedule=closed.schedule if closed else "24/7", timezone=zone_here()),
        promise=PromiseSettings(slot_minutes=1, lead_minutes=0, round_minutes=1),
        callback=CallbackSettings(
            delay_seconds=2,
            ring_seconds=10,
            deputy_after_seconds=15,
            group_after_seconds=30,
            head_after_seconds=50,
            again_seconds=10,
            next_round_seconds=(15, 30),
            attempt_spacing_seconds=(20, 40),
            customer_ring_seconds=15,
            reached_seconds=2,
            default_group=_GROUP,
            own_numbers=tuple(Did),
        ),
        voice=VoiceSettings(
            port=_free_port(_USUAL_AGI),
            language=language,
            folder=folder / "prompts",
            trunk=f"PJSIP/{TRUNK}",
            messages_folder=str(recordings),
            tts_command=(_espeak(), "-v", "{voice}", "-s", "150", "--stdin", "--stdout"),
        ),
        http=HttpSettings(port=port),
        webhooks=(receivers.webhook,),
        crm=receivers.crm(port),
        log=LogSettings(json_lines=True),
    )


def company_managers() -> list[ManagerEntry]:
    """Return those who have a telephone and call customers back."""
    return [
        ManagerEntry(
            manager_id=ManagerId(person.extension),
            name=person.name,
            endpoint=Endpoint(f"PJSIP/{person.extension}"),
            language=person.language,
            group=_GROUP,
        )
        for person in EMPLOYEES[:3]
    ]


def company_customers(*, strangers: bool = True) -> list[CustomerEntry]:
    """Return each customer a manager, in turn; without ``strangers`` some have not called yet."""
    managers = company_managers()
    return [
        CustomerEntry(Canonical(number), name, managers[place % len(managers)].manager_id)
        for place, (number, name) in enumerate(CUSTOMERS)
        if strangers or (number, name) not in STRANGERS
    ]


def _espeak() -> str:
    with contextlib.suppress(LabError):
        return find.program("espeak-ng")
    return "espeak-ng"


def _free_port(usual: int) -> int:
    """The usual port, or any other if that is taken."""
    with socket.socket() as probing:
        try:
            probing.bind(("127.0.0.1", usual))
        except OSError:
            probing.bind(("127.0.0.1", 0))
        port: int = probing.getsockname()[1]
        return port
