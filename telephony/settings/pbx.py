"""Settings of the PBXs, and of what is known of numbers and telephones."""

from pathlib import Path

from pydantic import Field, SecretStr

from telephony.settings.fields import Port, Seconds, Section


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


class NumberSettings(Section):
    """How phone numbers are read."""

    region: str = Field(
        "UA", pattern="^[A-Z]{2}$", description="ISO 3166 country of numbers told without a country code."
    )


class DirectorySettings(Section):
    """The local directory of managers and customers."""

    technology: str = Field("PJSIP", pattern="^[A-Za-z0-9]+$", description="Of phones told by extension only: `PJSIP`.")
