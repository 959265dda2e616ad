"""The locks are checked without a network, and the bill of materials says what they say."""

import tomllib
from typing import Any

import pytest

from deploy.supply import DEVELOPS, ROOT, RUNS, bill, faults, packages

_HASH = "a" * 64
_LINE = f"icalendar==6.3 ; python_version < '4' \\\n    --hash=sha256:{_HASH}\n"


def project(*wanted: str) -> dict[str, Any]:
    return {"project": {"dependencies": list(wanted)}}


def test_our_own_locks_are_well() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert faults(RUNS.read_text(), DEVELOPS.read_text(), told) == []


def test_a_line_is_a_package_with_where_it_is_for() -> None:
    (package,) = packages(f"# a comment\n\n{_LINE}")
    assert (package.name, package.version, package.marker) == ("icalendar", "6.3", "python_version < '4'")
    assert package.hashes == (_HASH,)


@pytest.mark.parametrize(
    ("runs", "develops", "wanted", "said"),
    [
        ("nobodys-package>=1\n", "", [], "not pinned"),
        ("git+https://example.com/x\n", "", [], "not pinned"),
        ("nobodys-package==1\n", "nobodys-package==1\n", [], "no hash"),
        ("", "", ["Nobodys_Package>=1"], "nobodys-package: wanted by pyproject.toml"),
        (f"nobodys-package==1 --hash=sha256:{_HASH}", f"nobodys-package==2 --hash=sha256:{_HASH}", [], "2 to develop"),
        ("", f"pytest==0.0.1 --hash=sha256:{_HASH}", [], "locked 0.0.1"),
    ],
)
def test_what_is_wrong_is_said(runs: str, develops: str, wanted: list[str], said: str) -> None:
    assert said in " ".join(faults(runs, develops, project(*wanted)))


def test_the_bill_names_each_package_once_with_its_hashes() -> None:
    told = bill(RUNS.read_text(), "1")
    names = [component["purl"] for component in told["components"]]
    assert len(names) == len(set(names)) == len(list(packages(RUNS.read_text())))
    assert all(component["hashes"] for component in told["components"])
    assert told == bill(RUNS.read_text(), "1")
