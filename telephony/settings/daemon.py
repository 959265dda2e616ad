"""Settings of the process itself: its database, its HTTP port, its log, its nightly audit."""

from datetime import time
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from telephony.settings.fields import Port, Section


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
