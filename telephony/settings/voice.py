"""Settings of what is spoken to callers and managers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from telephony.settings.fields import Port, Seconds, Section

Spoken = Literal["ru", "uk", "en"]
"""Languages that the voice has words in."""


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

    language: Spoken = Field("uk", description="Spoken to those who have no language of their own.")
    languages: Mapping[str, Spoken] = Field(
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
