"""docs/decisions: numbered without holes, and the list of them is whole."""

from pathlib import Path

_FOLDER = Path(__file__).parents[2] / "docs" / "decisions"


def test_decisions_are_numbered_without_holes_and_listed() -> None:
    files = sorted(path for path in _FOLDER.glob("*.md") if path.name != "README.md")
    listed = (_FOLDER / "README.md").read_text(encoding="utf-8")

    assert [path.name[:5] for path in files] == [f"{number:04d}-" for number in range(1, len(files) + 1)]
    for path in files:
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        number, _, said = title.partition(": ")
        assert number == path.name[:4]
        assert f"* [{number}]({path.name}): {said}\n" in listed
