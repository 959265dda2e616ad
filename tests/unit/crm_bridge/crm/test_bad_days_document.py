"""docs/crm-bad-days.md tells the truth: each case has its row, and each test that a row names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
HERE = "tests/integration/crm_bridge/crm"
ROWS = re.findall(
    r"^\| ([A-Z]\d+) \| (.+?) \| (.+) \|$", (ROOT / "docs/crm-bad-days.md").read_text(), flags=re.MULTILINE
)
CASES = {"K": 7, "W": 29, "F": 12, "A": 11, "H": 6, "B": 2}
ELSEWHERE = ("as K4", "decided:")


def test_each_case_has_one_row() -> None:
    assert [number for number, *_ in ROWS] == [
        f"{kind}{n}" for kind, count in CASES.items() for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(("number", "what", "told"), ROWS, ids=[number for number, *_ in ROWS])
def test_the_tests_of_a_row_exist(number: str, what: str, told: str) -> None:
    named = re.findall(r"`(\S+\.py)::(\w+)`", told)
    assert named or told.startswith(ELSEWHERE), f"{number} ({what}) names no test"
    for file, test in named:
        path = ROOT / (file if "/" in file else f"{HERE}/{file}")
        assert re.search(rf"def {test}\(", path.read_text()), f"{number}: {file} has no {test}"


@pytest.mark.parametrize("fake", sorted((ROOT / HERE).glob("fake_*.py")), ids=lambda path: path.stem)
def test_each_fake_names_the_pages_that_it_follows_and_is_asked_itself(fake: Path) -> None:
    head = fake.read_text().split('"""')[1]
    rules = (ROOT / HERE / "amocrm_rules.py").read_text() if "amocrm_rules" in head else ""
    assert re.search(r"https?://", head + rules), "no page of the vendor's"
    asked = (ROOT / HERE / "test_fakes.py").read_text()
    assert f"import {next(re.finditer(r'class (Fake[A-Za-z0-9]+)', fake.read_text()))[1]}" in asked
