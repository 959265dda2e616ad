"""What was written since a place is found over growth, rotation and loss."""

from pathlib import Path

import pytest

from telephony.cel.tail import FilePosition, end_of, lines, since


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ringback.csv"
    path.write_text("one\ntwo\n")
    return path


def read(path: Path, place: FilePosition) -> tuple[list[str], bool]:
    written = since(path, place)
    assert written.end == end_of(path)
    return list(lines(written.pieces, most=1000)), written.whole


def append(path: Path, text: str) -> None:
    with path.open("a") as opened:
        opened.write(text)


def test_what_was_appended_is_read_and_nothing_before(file: Path) -> None:
    place = end_of(file)
    assert read(file, place) == ([], True)
    append(file, "three\n")
    assert read(file, place) == (["three\n"], True)


def test_a_rotated_file_is_read_to_its_end_and_then_the_new_one(file: Path) -> None:
    place = end_of(file)
    append(file, "three\n")
    file.rename(file.with_name("ringback.csv.1"))
    file.write_text("four\n")
    assert read(file, place) == (["three\n", "four\n"], True)


def test_a_file_that_was_rotated_away_is_told_and_the_new_one_is_read(file: Path) -> None:
    place = FilePosition(end_of(file).inode + 1, 4)
    assert read(file, place) == (["one\n", "two\n"], False)


def test_a_file_that_was_emptied_in_place_is_read_from_its_beginning(file: Path) -> None:
    place = end_of(file)
    file.write_text("new\n")
    assert read(file, place) == (["new\n"], False)


def test_a_line_without_an_end_and_bytes_that_are_no_text_are_read_all_the_same(file: Path) -> None:
    place = end_of(file)
    with file.open("ab") as opened:
        opened.write(b"x" * 2500 + b"\xff")
    found, _ = read(file, place)
    assert [len(line) for line in found] == [1000, 1000, 501]
    assert found[-1].endswith("\ufffd")
