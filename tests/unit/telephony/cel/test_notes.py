"""The place that is kept is before every call that goes on."""

from telephony.cel.backfill import ConnectionNotes
from telephony.cel.tail import FilePosition


def place(offset: int) -> FilePosition:
    return FilePosition(1, offset)


def test_without_notes_or_with_one_nothing_is_kept() -> None:
    notes = ConnectionNotes()
    assert notes.safe(()) is None
    notes.take(place(1), ())
    assert notes.safe(()) is None


def test_the_last_but_one_is_kept_when_no_call_of_then_goes_on() -> None:
    notes = ConnectionNotes()
    for offset, calls in enumerate([{"a"}, {"a", "b"}, {"b"}, {"c"}]):
        notes.take(place(offset), calls)
    assert notes.safe({"c"}) == place(2)
    assert notes.safe({"b", "c"}) == place(0)


def test_a_call_that_outlives_the_notes_is_read_from_the_oldest() -> None:
    notes = ConnectionNotes()
    for offset in range(1000):
        notes.take(place(offset), {"endless"})
    assert notes.safe({"endless"}) == place(880)
