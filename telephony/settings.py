"""Every setting of the telephony side: its default, its check and its meaning in one place.

The reference in docs/settings.md is generated from these classes; a field's description is its documentation. Reading
the TOML file and the environment is `service.py`'s and `telephony.configuration`'s business.
"""

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from telephony.model import Direction

Seconds = Annotated[float, Field(ge=0)]
DndState = Annotated[
    str,
    Field(
        pattern=r"^(Custom:[A-Za-z0-9_.+@-]*(\{extension\}[A-Za-z0-9_.+@-]*)?"
        r"|DB\([A-Za-z0-9_.+@-]+/[A-Za-z0-9_.+@-]*(\{extension\}[A-Za-z0-9_.+@-]*)?\))$",
        max_length=80,
    ),
]
"""``Custom:DND{extension}``, ``DB(DND/{extension})``."""
Port = Annotated[int, Field(ge=1, le=65535)]


def _calendar_url(secret: SecretStr) -> SecretStr:
    """Refuse what is no http(s) address, without repeating it: it may be a secret."""
    try:
        parts = urlsplit(secret.get_secret_value())
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        whole = False
    if not whole or parts.username or parts.password:
        raise ValueError("write it as https://host/path; who asks is told by `user` and `password`")
    return secret


def _origin(text: str) -> str:
    """Refuse what no browser would write as an origin: it is compared letter by letter."""
    try:
        parts = urlsplit(text)
        whole = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"
        )
        port = {"http": 80, "https": 443}.get(parts.scheme)
        whole = whole and parts.port not in {0, port} and not text.endswith(":")
    except ValueError:
        whole = False
    if not whole or "*" in text or "@" in text or not text.isascii() or text != text.lower():
        raise ValueError(
            "write an origin as a browser does: https://crm.company.com, small letters, with a port only if it is not "
            "the usual one, without a path, `*` or a final slash"
        )
    return text


Origin = Annotated[str, AfterValidator(_origin)]

CalendarUrl = Annotated[SecretStr, AfterValidator(_calendar_url)]


class Section(BaseModel):
    """A part of the settings: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PbxSettings(Section):
    """One Asterisk, reached over AMI. Several may be told; each has its own name."""

    name: str = Field("pbx", pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$", description="Part of every call's identity.")
    host: str = Field("127.0.0.1", description="Where AMI listens.")
    port: Port = Field(5038, description="AMI's port.")
    username: str = Field("ringback", description="The user in manager.conf.")
    secret: SecretStr = Field(SecretStr(""), description="That user's secret.")
    secret_file: Path | None = Field(None, description="A file that holds the secret, instead of `secret`.")
    tls: bool = Field(default=False, description="Speak TLS to AMI.")
    tls_ca: Path | None = Field(
        None, description="The CA file that AMI's certificate is checked against; system CAs otherwise."
    )
    connect_seconds: Seconds = Field(5.0, ge=0.01, description="The longest wait for AMI's TCP (and TLS) connection.")
    login_seconds: Seconds = Field(10.0, ge=0.01, description="The longest wait for the answer to the login.")
    ping_seconds: Seconds = Field(10.0, ge=0.01, description="How often AMI is asked whether it lives.")
    pong_seconds: Seconds = Field(5.0, ge=0.01, description="The longest wait for its answer to that.")
    resync_seconds: Seconds = Field(30.0, ge=0.01, description="The longest wait for the list of living channels.")
    quiet_seconds: Seconds = Field(
        60.0, ge=0.01, description="After so long without an event the living channels are listed again, to be sure."
    )
    retry_first_seconds: Seconds = Field(0.5, ge=0.01, description="The wait before the first new try; it doubles.")
    retry_cap_seconds: Seconds = Field(30.0, ge=0.01, description="The longest wait between two tries.")
    logoff_seconds: Seconds = Field(1.0, description="The longest wait for AMI's goodbye at a clean stop.")
    list_limit: int = Field(50_000, ge=1, description="The most rows that a list of AMI may have (living channels).")
    cel_file: Path | None = Field(
        None,
        description="The CSV that `cel_custom` writes, as this machine sees it: calls of an outage are read there.",
    )
    monitor_folder: str = Field(
        "/var/spool/asterisk/monitor",
        pattern=r"^/",
        description="`monitor` below the PBX's `astspooldir`: where recordings without a whole path lie.",
    )
    trunks: tuple[str, ...] = Field((), description="Globs over channel names that are trunks: `PJSIP/carrier-*`.")
    trunk_contexts: tuple[str, ...] = Field(
        (), description="Globs over contexts that only trunks' calls enter: `from-trunk*`."
    )


class DatabaseSettings(Section):
    """PostgreSQL: embedded unless a DSN is given."""

    dsn: SecretStr = Field(SecretStr(""), description="A PostgreSQL DSN; empty runs the embedded server.")
    folder: Path = Field(Path("/var/lib/ringback/postgres"), description="The embedded server's folder.")
    run_as: str = Field(
        "", description="Who runs the embedded server when the daemon is root; empty: ringback, postgres or nobody."
    )
    pool_size: int = Field(10, ge=6, le=200, description="The most connections at a time.")
    events_in_memory: int = Field(
        200_000,
        ge=1_000,
        description="Call events kept while neither database nor spool can be written; ringing is forgotten first.",
    )
    spool_folder: Path = Field(
        Path("/var/lib/ringback/spool"),
        description="Where call events are kept while the database is away; one daemon to a folder.",
    )
    spool_megabytes: int = Field(1_000, ge=1, description="The most that the spool may take (a plain call is 5 kB).")


class NumberSettings(Section):
    """How phone numbers are read."""

    region: str = Field(
        "UA", pattern="^[A-Z]{2}$", description="ISO 3166 country of numbers told without a country code."
    )


class SharedFolder(Section):
    """One folder of recordings that a PBX writes and this daemon reads, perhaps under another path (a mount)."""

    pbx: str = Field("*", description="Which PBXs it belongs to: a glob over their names.")
    there: str = Field(pattern="^/", description="The folder's path on the PBX.")
    here: Path = Field(description="The same folder's path on this machine.")


class RecordingSettings(Section):
    """Which calls are recorded, how they are kept and for how long.

    The most particular rule decides: manager before DID before direction before `record`; of two rules of one kind,
    `skip` wins.
    """

    record: bool = Field(default=True, description="Record answered calls for which no other rule speaks.")
    record_directions: tuple[Direction, ...] = Field((), description="Record these: inbound, outbound, internal.")
    skip_directions: tuple[Direction, ...] = Field((), description="Do not record these.")
    record_dids: tuple[str, ...] = Field((), description="Globs over our numbers, in any spelling: recorded.")
    skip_dids: tuple[str, ...] = Field((), description="Globs over our numbers, in any spelling: not recorded.")
    record_managers: tuple[str, ...] = Field((), description="Globs over managers' numbers whose calls are recorded.")
    skip_managers: tuple[str, ...] = Field((), description="Globs over managers' numbers whose calls are not.")

    folder: Path = Field(Path("/var/lib/ringback/recordings"), description="Where finished recordings are kept.")
    pbx_folder: str = Field(
        "/var/spool/asterisk/monitor/ringback",
        pattern="^/[^\\s,$]+$",
        description="Where the PBX writes our recordings, by its own path.",
    )
    shared: tuple[SharedFolder, ...] = Field(
        (SharedFolder(there="/var/spool/asterisk/monitor", here=Path("/var/spool/asterisk/monitor")),),
        description="Folders of the PBX that hold recordings; a file anywhere else is refused.",
    )
    grace_seconds: Seconds = Field(0.15, description="After an answer, how long the PBX may start a recording itself.")
    settle_seconds: Seconds = Field(1.0, gt=0, description="A file is whole when its size stood still for so long.")
    lost_call_hours: float = Field(12, gt=0, description="A call whose end was never heard is taken as ended then.")

    format: Literal["mp3", "opus"] = Field("mp3", description="What recordings are kept as.")
    kilobits: int = Field(32, ge=8, le=320, description="Bits a second of the kept file, in thousands.")
    ffmpeg: str = Field("", description="The ffmpeg to use; empty takes the one on the PATH, else the bundled one.")
    workers: int = Field(2, ge=1, le=32, description="So many calls are converted at a time.")
    convert_seconds: Seconds = Field(300, gt=0, description="The longest that one conversion may take.")
    tries: int = Field(5, ge=1, description="So often a conversion that failed is tried; then the call has an alarm.")
    keep_adopted_originals: bool = Field(
        default=True, description="Leave the PBX's own recordings (FreePBX's) in place after they were copied."
    )

    tolerance_seconds: Seconds = Field(2.0, description="A recording may be shorter than the talk by so much ...")
    tolerance_percent: float = Field(3.0, ge=0, le=100, description="... and by so much of the talk besides.")
    silence_dbfs: float = Field(-50.0, le=0, ge=-90, description="What is softer (RMS) is silence.")
    one_sided_seconds: Seconds = Field(15, description="A talk of so long in which one side is silent has an alarm.")

    keep_days_inbound: float = Field(360, gt=0, description="Recordings of inbound calls are deleted after so long.")
    keep_days_outbound: float = Field(360, gt=0, description="The same of outbound calls.")
    keep_days_internal: float = Field(360, gt=0, description="The same of internal calls.")
    keep_days_unanswered: float = Field(
        360, gt=0, description="The same where no person answered: voicemail, menus, music."
    )
    retention_hours: float = Field(24, gt=0, description="How often the old ones are looked for.")

    disk_floor_megabytes: float = Field(1024, ge=0, description="With less room than this no new recording starts ...")
    disk_floor_percent: float = Field(2, ge=0, le=100, description="... nor with less of the disk free than this.")
    disk_resume_factor: float = Field(1.2, ge=1, description="They start again with so many times the floor free.")
    disk_look_seconds: Seconds = Field(30, gt=0, description="How often the room on the disk is looked at.")


class DirectorySettings(Section):
    """The local directory of managers and customers."""

    technology: str = Field("PJSIP", pattern="^[A-Za-z0-9]+$", description="Of phones told by extension only: `PJSIP`.")


class DaySettings(Section):
    """Other hours on some days: a holiday, a shortened or a moved working day."""

    days: str = Field(description="`2026-12-25`, `12-25` for every year, or a span: `2026-12-31/2027-01-08`.")
    hours: str = Field("", description="The hours of those days: `10:00-14:00`; empty is closed.")
    note: str = Field("", max_length=80, description="What it is, for whoever asks why.")


class OwnHours(Section):
    """Hours of their own for some of our numbers, or some groups of managers."""

    names: tuple[str, ...] = Field(min_length=1, description="Globs over our numbers (or over groups).")
    schedule: str = Field("", description="Weekly hours in OSM syntax; empty is the general schedule.")
    timezone: str = Field("", description="Their IANA zone; empty is the general one.")
    days: tuple[DaySettings, ...] = Field((), description="Days of their own, over the general ones.")


class CalendarSettings(Section):
    """A calendar of closed days that is kept elsewhere: a public or secret iCalendar link, or a CalDAV collection."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$", description="Names it in explanations and in the log.")
    url: CalendarUrl = Field(description="`https://...`, as it may be a secret, never shown.")
    url_file: Path | None = Field(None, description="A file that holds the address, instead of `url`.")
    user: str = Field("", max_length=200, description="Who asks, if it wants to know (Basic auth); use https then.")
    password: SecretStr = Field(SecretStr(""), description="Their password, better one for this application only.")
    password_file: Path | None = Field(None, description="A file that holds it, instead of `password`.")
    refresh_minutes: float = Field(15, ge=0.05, le=1440, description="How often it is asked again.")
    seconds: Seconds = Field(20, gt=0, le=60, description="The longest wait for its answer.")


class HoursSettings(Section):
    """When we work. Of two rules for a day the later told wins: week, calendars, days, own days (docs/promises.md)."""

    timezone: str = Field("Europe/Kyiv", description="IANA zone of the schedule and of all spoken times.")
    schedule: str = Field("Mo-Fr 09:00-18:00", description="Weekly hours in OSM opening_hours syntax.")
    closed_days_files: tuple[Path, ...] = Field((), description="iCalendar files: each all-day event is a closed day.")
    calendars: tuple[CalendarSettings, ...] = Field((), description="The same, asked over HTTP or CalDAV.")
    look_seconds: Seconds = Field(
        10, gt=0, description="How often files and the API's days are looked at; news of the API are heard at once."
    )
    days: tuple[DaySettings, ...] = Field((), description="Holidays, shortened and moved days.")
    dids: tuple[OwnHours, ...] = Field(
        (), description="Our numbers that have hours of their own; the first fit counts."
    )
    groups: tuple[OwnHours, ...] = Field((), description="Groups that have hours of their own; the first fit counts.")

    @model_validator(mode="after")
    def _named_apart(self) -> Self:
        names = [one.name for one in self.calendars]
        if len(set(names)) != len(names):
            raise ValueError("two calendars have one name")
        return self


class PromiseSettings(Section):
    """The time that a caller is told."""

    slot_minutes: int = Field(5, ge=1, le=120, description="One callback in so many minutes for each manager or group.")
    lead_minutes: int = Field(5, ge=0, le=240, description="The first slot begins so long after opening, or from now.")
    round_minutes: int = Field(5, ge=1, le=60, description="Promised times are rounded up to so many, for the ear.")
    horizon_days: int = Field(30, ge=1, le=365, description="Nothing is promised beyond.")


class WakingHours(Section):
    """When customers whose numbers begin with ``prefix`` may be rung."""

    prefix: str = Field(pattern=r"^\+?[0-9]*$", description="Its numbers in E.164: `+380`; empty is all.")
    hours: str = Field("08:00-21:00", description="When they are awake, in OSM opening_hours syntax.")
    timezone: str = Field("", description="Their IANA zone; empty is the zone of `hours.timezone`.")


class CallbackSettings(Section):
    """Ringing back the customers we missed."""

    enabled: bool = Field(default=True, description="False: misses are counted and kept, nobody is rung.")
    delay_seconds: Seconds = Field(0, description="From the miss to the first ring.")
    ring_seconds: Seconds = Field(25, gt=0, description="How long a manager's phone rings.")
    deputy_after_seconds: Seconds = Field(75, description="Working seconds after the miss: the deputy's turn.")
    group_after_seconds: Seconds = Field(150, description="Then the whole group's, all at once.")
    head_after_seconds: Seconds = Field(240, description="Then the head of sales'; the last to ring before 5:00.")
    target_seconds: Seconds = Field(300, gt=0, description="Working seconds within which a manager's phone must ring.")
    again_seconds: Seconds = Field(60, gt=0, description="Until somebody busy or not answering is rung again.")
    next_round_seconds: tuple[Seconds, ...] = Field(
        (60, 300, 900), min_length=1, description="Nobody accepted on the whole ladder: it begins anew after so long."
    )
    later_seconds: Seconds = Field(900, gt=0, description="What key 2 means.")
    customer_ring_seconds: Seconds = Field(45, gt=0, description="How long the customer's phone rings.")
    customer_attempts: int = Field(3, ge=1, description="So many unanswered dials of a customer, then it is given up.")
    attempt_spacing_seconds: tuple[Seconds, ...] = Field(
        (300, 900, 1800), min_length=1, description="From an unanswered dial to the next; the last one repeats."
    )
    reached_seconds: Seconds = Field(5, description="A talk of so long reached the customer.")
    life_days: float = Field(30, gt=0, description="A request is given up after so long, whatever happened.")
    stale_seconds: Seconds = Field(3600, description="Late by more (an outage): it waits for a manager's word.")
    default_group: str = Field("sales", description="The directory's group that serves customers without a manager.")
    head_of_sales: str = Field("", description="The last on the ladder: a manager's id in the directory.")
    owner_lookup_seconds: Seconds = Field(2, gt=0, description="How long we wait to be told whose customer it is.")
    own_numbers: tuple[str, ...] = Field((), description="Our own DIDs: never called back.")
    do_not_call: tuple[str, ...] = Field((), description="Numbers never called back, beside the directory's marks.")
    waking_hours: tuple[WakingHours, ...] = Field((), description="Customers' waking hours; the longest prefix wins.")
    originates_per_minute: int = Field(30, ge=1, description="So many callbacks a minute on one trunk.")
    keep_free_managers: int = Field(0, ge=0, description="Callbacks leave so many managers free for live callers.")
    dnd_states: tuple[DndState, ...] = Field(
        ("Custom:DND{extension}", "DB(DND/{extension})"),
        description="Device states, and keys of the PBX's own database, by which it tells that a phone is not to be "
        "disturbed; its manager is away. FreePBX's.",
    )
    ring_mobiles: bool = Field(default=True, description="Ring the mobile of a manager whose phone is off.")
    number_form: Literal["heard", "e164", "digits", "national"] = Field(
        "heard", description="How a customer's number is dialled: as the trunk told it, +380..., 380..., 067...."
    )
    number_prefix: str = Field("", pattern=r"^[0-9]{0,8}$", description="Dialled before the customer's number.")
    poll_seconds: Seconds = Field(5, gt=0, description="How often the engine looks by itself; news wake it at once.")


def _countries(countries: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no country that numbers are known of."""
    for country in countries:
        if country != "*" and country not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"{country[:20]!r} is no country: write ISO 3166 codes like UA, or * for all")
    return countries


class TollSettings(Section):
    """What may be dialled outside, and how much of it: for callbacks, keyed numbers, clicks, CRMs and the API alike."""

    countries: Annotated[tuple[str, ...], AfterValidator(_countries)] = Field(
        (),
        description='ISO 3166 codes of the countries that are called; empty: that of `numbers.region`; `["*"]`: all.',
    )
    prefixes: tuple[Annotated[str, Field(pattern=r"^\+?[0-9]{1,15}$")], ...] = Field(
        (),
        description="Beginnings of numbers that are called besides: `+4822`, `+8816` (satellites), `1234` (our own).",
    )
    never_prefixes: tuple[Annotated[str, Field(pattern=r"^\+?[0-9]{1,15}$")], ...] = Field(
        (), description="Beginnings of numbers that are never called, whatever else allows them."
    )
    refused_kinds: tuple[
        Literal[
            "premium_rate",
            "shared_cost",
            "uan",
            "personal_number",
            "pager",
            "voicemail",
            "voip",
            "toll_free",
        ],
        ...,
    ] = Field(
        ("premium_rate", "shared_cost", "uan", "personal_number", "pager", "voicemail"),
        description="Kinds of numbers that are not called, in any country.",
    )
    least_ring_seconds: Seconds = Field(
        2.0, le=60, description="Who hangs up sooner is not called back: a ring of half a second is bait."
    )
    range_digits: int = Field(
        8, ge=1, le=14, description="So many first digits, with the country's code, are one range of numbers."
    )
    range_day_cap: int = Field(
        100, ge=1, description="The most calls to one range within 24 hours; then they are held."
    )
    day_cap: int = Field(3000, ge=1, description="The most calls outside within 24 hours; then they are held.")


class VoiceSettings(Section):
    """Speaking to callers and managers over FastAGI."""

    host: str = Field("127.0.0.1", description="Where FastAGI listens.")
    port: Port = Field(4573, description="FastAGI's port.")
    pbx_networks: tuple[str, ...] = Field(
        ("127.0.0.0/8", "::1/128"), description="Only Asterisks at these addresses are served."
    )
    agi_host: str = Field(
        "", pattern=r"^[A-Za-z0-9._-]*$", description="How the PBX calls this machine; empty is `host`."
    )
    connections: int = Field(500, ge=1, description="So many conversations at a time.")

    language: Literal["ru", "uk", "en"] = Field("uk", description="Spoken to those who have no language of their own.")
    languages: Mapping[str, Literal["ru", "uk", "en"]] = Field(
        default_factory=dict,
        description='Spoken to callers by the beginning of their number, else of ours: `{ "+7" = "ru" }`.',
    )
    key_seconds: Seconds = Field(3, ge=0.5, le=30, description="After a prompt, how long a key is waited for.")
    folder: Path = Field(
        Path("/var/lib/ringback-prompts"),
        description="Where spoken and recorded sentences are kept: the only folder of ours that the PBX reads.",
    )
    pbx_folder: str = Field(
        "", pattern=r"^(/[A-Za-z0-9._/-]+)?$", description="The same folder by the PBX's own path; empty is `folder`."
    )
    cache_megabytes: float = Field(256, gt=0, description="Spoken sentences that were not used for longest go.")

    tts_command: tuple[str, ...] = Field(
        ("espeak-ng", "-v", "{voice}", "-s", "150", "--stdin", "--stdout"),
        min_length=1,
        description="Reads a text from its standard input, writes its sound; `{voice}` and `{language}` are replaced.",
    )
    voice_ru: str = Field("ru", description="The voice of Russian.")
    voice_uk: str = Field("uk", description="The voice of Ukrainian.")
    voice_en: str = Field("en-gb", description="The voice of English.")
    tts_seconds: Seconds = Field(10, gt=0, description="The longest that one sentence may take to render.")
    tts_at_once: int = Field(2, ge=1, le=32, description="So many are rendered at a time.")
    ffmpeg: str = Field(
        "", description="Converts what the TTS wrote; empty: the one on the PATH, else the bundled one."
    )

    trunk: str = Field(
        "",
        pattern=r"^([A-Za-z0-9]+/[A-Za-z0-9_.-]+)?$",
        description="Customers are dialled on it when it is not known which trunk their call came on: `PJSIP/carrier`.",
    )
    dial: str = Field(
        "",
        pattern=r"^([A-Za-z0-9/@_.+:-]|\{(number|trunk|technology)\})*$",
        description="How a customer is dialled, with `{number}` (and `{trunk}`, `{technology}`): "
        "`Local/{number}@from-internal/n`; empty: on the trunk that their call came on.",
    )
    dial_options: str = Field(
        "r", pattern=r"^[A-Za-z]*$", description="Dial's options for it; without `r` the network's own tones are heard."
    )
    owner_seconds: int = Field(
        20, ge=1, le=120, description="So long a caller's own manager is rung; then your dialplan goes on."
    )
    messages_folder: str = Field(
        "/var/spool/asterisk/monitor/ringback",
        pattern=r"^/[A-Za-z0-9._/-]+$",
        description="Where the PBX writes messages that callers leave, by its own path.",
    )
    recording_notice: bool = Field(
        default=False, description="The dialplan tells inbound callers that the call may be recorded."
    )


class SurveySettings(Section):
    """Asking customers by phone how it was, two to four weeks after a purchase or a first talk; docs/surveys.md."""

    enabled: bool = Field(
        default=False,
        description="True: customers are rung and asked. Look first whether the law where they live allows it.",
    )
    company: str = Field("", max_length=60, description="Who asks, as it is spoken: `Garden and House`. Needed.")
    hours: str = Field(
        "Mo-Fr 11:00-13:00,15:00-19:00",
        description="When customers are asked, in OSM opening_hours syntax; their waking hours and ours hold besides.",
    )
    first_calls: bool = Field(
        default=True, description="Ask after the first talk, too; False: only where a purchase is known."
    )
    per_day: int = Field(20, ge=1, le=1000, description="So many customers are rung in 24 hours.")
    every_days: int = Field(180, ge=1, le=3650, description="A customer is asked at most once in so many days.")
    ring_seconds: Seconds = Field(30, gt=0, le=120, description="How long a customer's phone rings.")
    keep_free_managers: int = Field(1, ge=0, description="Nobody is asked unless more managers than that are free.")
    poll_seconds: Seconds = Field(5, gt=0, description="How often it is looked whether somebody is to be asked.")

    @model_validator(mode="after")
    def _somebody_asks(self) -> Self:
        if self.enabled and not self.company.strip():
            raise ValueError("surveys need survey.company: who asks is the first thing that a customer hears")
        return self


class HttpSettings(Section):
    """The daemon's own HTTP port."""

    host: str = Field("127.0.0.1", description="Where it listens.")
    port: Port = Field(8480, description="Its port: /metrics, /healthz, the API.")
    cors_origins: tuple[Origin, ...] = Field(
        (),
        description="Origins whose pages may ask the API (`https://crm.company.com`), each as it is: no `*`, no path.",
    )
    connections: int = Field(500, ge=10, le=10_000, description="The most connections; who waits longest makes room.")
    connections_per_address: int = Field(
        200, ge=1, le=10_000, description="The most of one address; those of this machine, a proxy's, are not counted."
    )


class AuditSettings(Section):
    """The audit of each night: what the PBX wrote down against what is in the ledger and became of it."""

    at: time = Field(time(3, 20), description="When, in the zone of `hours.timezone`: `03:20`. Choose a quiet hour.")


class LogSettings(Section):
    """What the daemon says while it runs."""

    level: str = Field("info", pattern="^(debug|info|warning|error)$", description="The least level that is written.")
    json_lines: bool | None = Field(None, description="JSON lines; by default only when standard error is no terminal.")


class TelephonySettings(Section):
    """All of it."""

    pbx: tuple[PbxSettings, ...] = Field((PbxSettings(),), min_length=1, description="The PBXs.")
    database: DatabaseSettings = DatabaseSettings()
    numbers: NumberSettings = NumberSettings()
    recording: RecordingSettings = RecordingSettings()
    directory: DirectorySettings = DirectorySettings()
    hours: HoursSettings = HoursSettings()
    promise: PromiseSettings = PromiseSettings()
    callback: CallbackSettings = CallbackSettings()
    toll: TollSettings = TollSettings()
    voice: VoiceSettings = VoiceSettings()
    survey: SurveySettings = SurveySettings()
    http: HttpSettings = HttpSettings()
    audit: AuditSettings = AuditSettings()
    log: LogSettings = LogSettings()
