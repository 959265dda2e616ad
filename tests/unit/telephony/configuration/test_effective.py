"""The settings as they hold, with where each was told, and no secret among them."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from service import Settings
from telephony.configuration.effective import effective
from telephony.configuration.load import load

FILE = """
[http]
port = 9000
[hours]
schedule = "24/7"
[[hours.calendars]]
name = "team"
url = "https://calendar.example/secret-token"
password = "hunter2"
[[pbx]]
name = "main"
host = "pbx.example"
username = "ringback"
secret = "s3cret-of-the-pbx"
[[webhooks]]
name = "shop"
url = "https://shop.example/hook?key=k3y"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""
SECRETS = ("secret-token", "hunter2", "s3cret", "k3y", "whsec", "MfKQ", "from-the-environment")


def told(folder: Path, environ: dict[str, str], text: str = FILE) -> dict[str, tuple[str, str]]:
    file = folder / "ringback.toml"
    file.write_text(text)
    found = effective(load(Settings, file, environ), environ)
    assert len({one.name for one in found}) == len(found)
    return {one.name: (one.value, one.origin.value) for one in found}


def test_each_setting_says_where_it_was_told(tmp_path: Path) -> None:
    found = told(tmp_path, {"RINGBACK_HTTP__HOST": "0.0.0.0", "RINGBACK_PBX__0__PORT": "5039"})  # noqa: S104 - not opened
    assert found["http.port"] == ("9000", "file")
    assert found["http.host"] == ('"0.0.0.0"', "environment")
    assert found["hours.schedule"] == ('"24/7"', "file")
    assert found["hours.timezone"] == ('"Europe/Kyiv"', "default")
    assert found["pbx.0.host"] == ('"pbx.example"', "file")
    assert found["pbx.0.port"] == ("5039", "environment")
    assert found["callback.target_seconds"][1] == "default"


def test_no_secret_is_shown_but_that_it_is_set(tmp_path: Path) -> None:
    found = told(tmp_path, {"RINGBACK_DATABASE__DSN": "postgresql://ringback:from-the-environment@db/ringback"})
    text = repr(found)
    assert [secret for secret in SECRETS if secret in text] == []
    assert found["pbx.0.secret"] == ("••••", "file")
    assert found["database.dsn"] == ("••••", "environment")
    assert found["webhooks.0.url"][0] == '"https://shop.example/hook?••••"'
    assert told(tmp_path, {}, "")["database.dsn"] == ("", "default")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), min_size=8, max_size=30))
def test_whatever_a_password_is_it_is_not_shown(secret: str) -> None:
    settings = Settings.model_validate({"database": {"dsn": f"postgresql://u:{secret}@db/x"}})
    assert not any(secret in str(one.value) for one in effective(settings, {}) if one.secret)
