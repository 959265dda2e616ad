"""What browsers get from others is what the lock names."""

import json
from pathlib import Path

import pytest

from crm_bridge.web.assets import STATIC, Assets
from crm_bridge.web.forms import way_back
from deploy import browser_files


def test_the_served_files_of_others_are_those_of_the_lock() -> None:
    assert browser_files.wrong() == []


def test_a_file_that_is_not_what_npm_gave_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in browser_files.VENDOR.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(browser_files, "VENDOR", tmp_path)
    (tmp_path / "htmx.js").write_bytes(b"alert(1)")
    (tmp_path / "more.js").write_bytes(b"")
    assert browser_files.wrong() == ["htmx.js: not what npm gave", "more.js: from nowhere"]


def test_the_lock_names_no_registry_and_has_a_hash_for_each_package() -> None:
    text = (browser_files.WEB / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    assert all(told["integrity"].startswith("sha512-") for told in browser_files.lock().values())
    exact = json.loads((browser_files.WEB / "package.json").read_text(encoding="utf-8"))
    assert all(
        version[0].isdigit() for version in [*exact["dependencies"].values(), *exact["devDependencies"].values()]
    )


def test_an_address_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "htmx.js").write_text("1")
    before = Assets(tmp_path).url("vendor/htmx.js")
    (tmp_path / "vendor" / "htmx.js").write_text("2")
    assert Assets(tmp_path).url("vendor/htmx.js") != before
    with pytest.raises(KeyError):
        Assets(STATIC).url("nothing.js")


def test_without_the_files_it_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make setup"):
        Assets(tmp_path)


@pytest.mark.parametrize(
    ("given", "way"),
    [
        ("/console/calls?manager=101", "/console/calls?manager=101"),
        ("/console", "/console"),
        ("https://evil.example/console", "/console"),
        ("//evil.example/console", "/console"),
        ("/console//evil.example", "/console"),
        ("/console\\@evil.example", "/console"),
        ("javascript:alert(1)", "/console"),
        ("/api/v1/keys", "/console"),
        ("/consolewhatever", "/console"),
        ("", "/console"),
    ],
)
def test_the_way_back_is_a_page_of_ours(given: str, way: str) -> None:
    assert way_back(given) == way
