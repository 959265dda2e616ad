"""The demo's company as Ringback is told of it: settings, directory, and the three lines in its dialplan."""

import contextlib
import socket
from pathlib import Path

from pydantic import SecretStr

from deploy.lab import programs
from deploy.lab.company import EMPLOYEES, TRUNK, TRUNK_GLOB, Did
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Pbx
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId
from telephony.settings import (
    CallbackSettings,
    DatabaseSettings,
    HoursSettings,
    HttpSettings,
    LogSettings,
    NumberSettings,
    PbxSettings,
    RecordingSettings,
    SharedFolder,
    TelephonySettings,
    VoiceSettings,
)

COMPANY_DIALPLAN = """
[from-trunk-first]
exten => _+380442000XXX,1,Gosub(ringback-inbound,s,1)
 same => n,Goto(company-numbers,${EXTEN},1)

[from-internal-first]
exten => _[+0]X.,1,Gosub(ringback-record,s,1(manager))
 same => n,Goto(outbound,${EXTEN},1)
"""
"""What an operator writes into their own dialplan, in the company's words."""
_USUAL_HTTP, _USUAL_AGI = 8480, 4573
_GROUP = "sales"


def company_settings(settings_class: type[TelephonySettings], folder: Path, pbx: Pbx) -> TelephonySettings:
    """Give the daemon's settings; seconds stand where a company has minutes."""
    recordings = pbx.recordings
    return settings_class(
        pbx=(
            PbxSettings(
                name="demo",
                port=pbx.ami_port,
                username=pbx.ami_user,
                secret=SecretStr(pbx.ami_secret),
                trunks=(TRUNK_GLOB,),
            ),
        ),
        database=DatabaseSettings(folder=folder / "postgres"),
        numbers=NumberSettings(region="UA"),
        recording=RecordingSettings(
            folder=folder / "recordings",
            pbx_folder=str(recordings / "ringback"),
            shared=(SharedFolder(there=str(recordings), here=recordings),),
        ),
        hours=HoursSettings(schedule="24/7"),
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
            folder=folder / "prompts",
            trunk=f"PJSIP/{TRUNK}",
            tts_command=(_espeak(), "-v", "{voice}", "-s", "150", "--stdin", "--stdout"),
        ),
        http=HttpSettings(port=_free_port(_USUAL_HTTP)),
        log=LogSettings(json_lines=True),
    )


def company_managers() -> list[ManagerEntry]:
    """Give those who have a telephone and call customers back."""
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


def _espeak() -> str:
    with contextlib.suppress(LabError):
        return programs.program("espeak-ng")
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
