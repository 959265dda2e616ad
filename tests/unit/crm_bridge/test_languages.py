"""Which language a client likes best."""

import pytest

from crm_bridge.api.values.languages import preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("uk", "uk"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, uk;q=0.5, ru;q=0.7", "ru"),
        ("RU", "ru"),
        ("uk;q=0, ru;q=0", "en"),
        ("uk ; q=0.3 , en;q=0.2", "uk"),
        ("uk,ru", "uk"),
        ("xx;q=9,,;;q=,uk;q=x", "en"),
        ("x" * 100_000, "en"),
        (",".join(["de"] * 500 + ["uk"]), "en"),
    ],
)
def test_the_best_of_ours_is_chosen(header: str, language: str) -> None:
    assert preferred(header) == language
