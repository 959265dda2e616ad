"""The two instances' folders: every file that an Asterisk reads, written from templates and plain values.

A folder holds all of an instance: ``etc`` (configuration), ``log`` (with ``cel-custom``), ``spool`` (voicemail,
recordings), ``db`` and ``share`` (links into Asterisk's own data, so that nothing is written there).
"""

import math
import re
import struct
import subprocess
import wave
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from deploy.event_filters import new_filters
from deploy.lab.company import EMPLOYEES, MAIN_NUMBER
from deploy.lab.errors import LabError
from deploy.lab.ports import CARRIER_HOST, PBX_HOST, PHONES_HOST, PortRange, free_port, free_range
from deploy.lab.programs.find import Asterisk, program

_COMMON_MODULES = """
res_timing_timerfd res_crypto res_pjproject res_sorcery_config res_sorcery_memory res_sorcery_astdb res_rtp_asterisk
res_pjsip res_pjsip_session res_pjsip_authenticator_digest res_pjsip_outbound_authenticator_digest res_pjsip_caller_id
res_pjsip_diversion res_pjsip_dtmf_info res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
res_pjsip_header_funcs res_pjsip_refer res_pjsip_rfc3326 res_pjsip_sdp_rtp res_pjsip_pubsub res_pjsip_nat
res_pjsip_logger chan_pjsip
pbx_config res_speech res_agi res_musiconhold app_chanspy
bridge_simple bridge_softmix bridge_holding bridge_builtin_features bridge_builtin_interval_features
codec_alaw codec_ulaw codec_a_mu codec_resample format_wav format_pcm format_sln
app_dial app_playback app_playtones app_mixmonitor app_stack app_senddtmf app_transfer app_echo app_verbose app_exec
app_bridgewait app_originate app_read app_record app_milliwatt
func_callerid func_channel func_cut func_logic func_strings func_math func_global func_db func_hangupcause func_timeout
func_uri func_groupcount func_env func_volume func_dialplan func_periodic_hook func_sprintf
"""
_PBX_MODULES = """
res_pjsip_registrar res_pjsip_exten_state res_pjsip_mwi res_pjsip_outbound_publish
res_pjsip_mwi_body_generator res_manager_devicestate res_parking res_cdrel_custom cel_custom
app_queue app_voicemail app_confbridge app_directed_pickup app_followme app_userevent app_waitforsilence app_amd
app_channelredirect app_softhangup app_sayunixtime app_while app_chanisavail app_controlplayback app_blind_transfer
app_attended_transfer func_devstate func_extstate func_pjsip_aor func_pjsip_contact func_pjsip_endpoint
func_cdr func_callcompletion func_md5 func_base64 func_uuid func_shell func_json func_config func_version
"""
REGISTERS_AT_ONCE = 20
"""The first Asterisk whose telephones can be told to register at once; older ones wait up to ten seconds."""
_INDICATIONS = """[general]
country = ua
[ua]
description = Ukraine
ringcadence = 1000,4000
dial = 425
busy = 425/330,0/330
ring = 425/1000,0/4000
congestion = 425/330,0/330
callwaiting = 425/330,0/10000
dialrecall = 425
record = 1400/400,0/15000
info = 950/330,1400/330,1800/330,0/1000
stutter = 425
"""
_SILENT = ("udptl", "ccss", "acl", "codecs", "dsp", "stasis", "pjproject", "cli", "features", "amd", "queuerules")
"""Files that Asterisk misses loudly, although their defaults do."""
_WORLD_MODULES = "res_pjsip_outbound_registration"


@dataclass(frozen=True, slots=True)
class LabPorts:
    """Where everything of one lab listens."""

    pbx_sip: int = field(default_factory=free_port)
    pbx_ami: int = field(default_factory=free_port)
    pbx_ami_tls: int = field(default_factory=free_port)
    world_ami: int = field(default_factory=free_port)
    phones_sip: int = field(default_factory=lambda: free_port(PHONES_HOST))
    carrier_sip: int = field(default_factory=lambda: free_port(CARRIER_HOST))


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made new for every lab."""

    ringback: str
    observer: str
    phones: str


@dataclass(frozen=True, slots=True)
class PbxPlan:
    """What may differ from lab to lab."""

    agi_port: int = 4573
    """Where the daemon's FastAGI server listens."""
    ring_seconds: int = 20
    """How long the company's dialplan rings a phone."""
    rtp_ports: int = 800
    """RTP ports of each instance: two a call leg."""
    old_filters: bool = False
    """Filter AMI's events in the way of an older Asterisk, also where this one knows the new way."""


def write_pbx(folder: Path, asterisk: Asterisk, ports: LabPorts, secrets: Secrets, plan: PbxPlan) -> None:
    """Write everything that the PBX under test reads."""
    etc = _skeleton(folder, asterisk, free_range(plan.rtp_ports))
    words = {
        "RING_SECONDS": str(plan.ring_seconds),
        "MAIN_NUMBER": MAIN_NUMBER,
        "AGI_PORT": str(plan.agi_port),
        "RECORDINGS": str(folder / "spool" / "monitor"),
    } | _addresses(ports, secrets)
    for name in ("extensions", "pjsip", "features", "res_parking", "queues", "followme", "voicemail", "confbridge"):
        (etc / f"{name}.conf").write_text(_fill(_template("pbx", f"{name}.conf"), words))
    with (etc / "pjsip.conf").open("a") as file:
        file.writelines(_pbx_phone(person.extension, person.name, person.language) for person in EMPLOYEES)
    (etc / "added").mkdir()
    (etc / "modules.conf").write_text(_modules(_COMMON_MODULES + _PBX_MODULES, asterisk))
    old_filters = plan.old_filters or not new_filters(asterisk.version)
    (etc / "manager.conf").write_text(_manager_conf(etc, ports, secrets, old_filters=old_filters))
    for name in ("cel.conf", "cel_custom.conf"):
        (etc / name).write_text(_sample(name))
    (etc / "cdr.conf").write_text("[general]\nenable = yes\n")  # as on any PBX: `CDR(answer)` can be asked for
    (folder / "log" / "cel-custom").mkdir()


def write_world(folder: Path, asterisk: Asterisk, ports: LabPorts, secrets: Secrets, agi_port: int, rtp: int) -> None:
    """Write everything that the rest of the world reads."""
    etc = _skeleton(folder, asterisk, free_range(rtp))
    words = {"AGI_PORT": str(agi_port)} | _addresses(ports, secrets)
    for name in ("extensions", "pjsip"):
        text = _template("world", f"{name}.conf")
        if asterisk.major < REGISTERS_AT_ONCE:
            text = text.replace("max_random_initial_delay = 0\n", "")
        (etc / f"{name}.conf").write_text(_fill(text, words))
    with (etc / "pjsip.conf").open("a") as file:
        file.writelines(_world_phone(person.extension, words) for person in EMPLOYEES)
    (etc / "modules.conf").write_text(_modules(_COMMON_MODULES + _WORLD_MODULES, asterisk))
    (etc / "manager.conf").write_text(
        f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {ports.world_ami}\n" + _observer(secrets.observer)
    )


def _addresses(ports: LabPorts, secrets: Secrets) -> dict[str, str]:
    return {
        "PBX_HOST": PBX_HOST,
        "PBX_SIP": str(ports.pbx_sip),
        "CARRIER_HOST": CARRIER_HOST,
        "CARRIER_SIP": str(ports.carrier_sip),
        "PHONES_HOST": PHONES_HOST,
        "PHONES_SIP": str(ports.phones_sip),
        "PHONE_SECRET": secrets.phones,
    }


def _template(folder: str, name: str) -> str:
    return resources.files(__package__).joinpath(folder, name).read_text(encoding="utf-8")


def _sample(name: str) -> str:
    return resources.files("deploy").joinpath("asterisk", name).read_text(encoding="utf-8")


def _fill(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def _skeleton(folder: Path, asterisk: Asterisk, rtp: PortRange) -> Path:
    for name in ("etc", "log", "spool/monitor", "spool/voicemail", "db", "keys", "run", "agi", "share/sounds"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    etc = folder / "etc"
    places = {
        "astetcdir": etc,
        "astmoddir": asterisk.modules,
        "astvarlibdir": folder / "share",
        "astdbdir": folder / "db",
        "astkeydir": folder,
        "astdatadir": folder / "share",
        "astagidir": folder / "agi",
        "astspooldir": folder / "spool",
        "astrundir": folder / "run",
        "astlogdir": folder / "log",
        "astsbindir": "/usr/sbin",
    }
    (etc / "asterisk.conf").write_text(
        "[directories]\n"
        + "".join(f"{key} => {value}\n" for key, value in places.items())
        + "\n[options]\nnocolor = yes\ntransmit_silence = yes\ndocumentation_language = en_US\nhighpriority = no\n"
    )
    (etc / "logger.conf").write_text("[general]\n[logfiles]\nmessages => notice,warning,error\n")
    (etc / "rtp.conf").write_text(f"[general]\nrtpstart = {rtp.first}\nrtpend = {rtp.last}\nstrictrtp = no\n")
    (etc / "musiconhold.conf").write_text(
        f"[general]\n[default]\nmode = files\ndirectory = {folder / 'share' / 'moh'}\n"
    )
    (etc / "indications.conf").write_text(_INDICATIONS)
    for name in _SILENT:
        (etc / f"{name}.conf").write_text("")
    for name in ("cdr", "cel"):
        (etc / f"{name}.conf").write_text("[general]\nenable = no\n")
    _link_share(folder / "share", asterisk.share)
    return etc


def _link_share(share: Path, original: Path) -> None:
    """Link what Asterisk reads, with the sounds under the names by which it looks languages up."""
    for entry in original.iterdir():
        if entry.name not in {"sounds", "moh"}:
            (share / entry.name).symlink_to(entry)
    sounds = sorted(entry for entry in (original / "sounds").glob("*") if entry.is_dir())
    for entry in sounds:
        (share / "sounds" / entry.name).symlink_to(entry.resolve())
    for language in ("en", "ru"):
        own = next((entry for entry in sounds if entry.name.startswith(f"{language}_")), None)
        if own and not (share / "sounds" / language).exists():
            (share / "sounds" / language).symlink_to(own.resolve())
    (share / "moh").mkdir(exist_ok=True)
    write_tune(share / "moh" / "waiting.wav")


def write_tune(path: Path, seconds: int = 6) -> None:
    """Write a small tune for those who wait: 8 kHz, mono, 16 bit."""
    notes = (392.0, 493.9, 587.3, 493.9)
    samples = (
        int(5000 * math.sin(2 * math.pi * notes[(i // 4000) % len(notes)] * i / 8000)) for i in range(8000 * seconds)
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


def _modules(names: str, asterisk: Asterisk) -> str:
    """Load these; some are parts of others in older versions, and not there."""
    there = (name for name in names.split() if (asterisk.modules / f"{name}.so").is_file())
    return "[modules]\nautoload = no\n" + "".join(f"load = {name}.so\n" for name in there)


def _pbx_phone(extension: str, name: str, language: str) -> str:
    return (
        f"\n[{extension}](phone)\nauth = {extension}\naors = {extension}\nlanguage = {language}\n"
        f'callerid = "{name}" <{extension}>\nmailboxes = {extension}@default\n'
        f"[{extension}](phone-auth)\nusername = {extension}\n[{extension}](phone-aor)\n"
    )


def _world_phone(extension: str, words: dict[str, str]) -> str:
    client = f"sip:{extension}@{words['PBX_HOST']}:{words['PBX_SIP']}"
    return (
        f"\n[phone{extension}](phone)\noutbound_auth = phone{extension}\nfrom_user = {extension}\n"
        f"[phone{extension}](phone-auth)\nusername = {extension}\n"
        f"[{extension}](phone-registration)\nclient_uri = {client}\noutbound_auth = phone{extension}\n"
        f"contact_user = {extension}\n"
    )


def _observer(secret: str) -> str:
    return f"\n[observer]\nsecret = {secret}\nread = all\nwrite = all\nwritetimeout = 5000\n"


def _manager_conf(etc: Path, ports: LabPorts, secrets: Secrets, *, old_filters: bool) -> str:
    """Make manager.conf out of the sample that operators install, with this lab's ports, secret and certificate."""
    certificate, key = _certificate(etc)
    sample = _sample("manager.conf")
    changes = {
        "port = 5038": f"port = {ports.pbx_ami}",
        ";tlsenable = yes": "tlsenable = yes",
        ";tlsbindaddr = 0.0.0.0:5039": f"tlsbindaddr = 127.0.0.1:{ports.pbx_ami_tls}",
        ";tlscertfile = /etc/asterisk/keys/ami.pem": f"tlscertfile = {certificate}",
        ";tlsprivatekey = /etc/asterisk/keys/ami.key": f"tlsprivatekey = {key}",
        "secret = CHANGE-ME": f"secret = {secrets.ringback}",
    }
    for old, new in changes.items():
        if f"\n{old}\n" not in sample:
            raise LabError(f"deploy/asterisk/manager.conf has no line {old!r} any more")
        sample = sample.replace(f"\n{old}\n", f"\n{new}\n")
    if old_filters:
        legacy = [line for line in _sample("manager-legacy.conf").splitlines() if line.startswith("eventfilter")]
        sample = re.sub(r"(?m)^eventfilter\(.*\n", "", sample) + "\n".join(legacy) + "\n"
    return sample + _observer(secrets.observer)


def _certificate(etc: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate for 127.0.0.1 and localhost, which is its own CA."""
    certificate, key = etc / "ami.pem", etc / "ami.key"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    whose = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([program("openssl"), "req", *kind, *whose, *files], check=True, capture_output=True)
    return certificate, key
