"""What `make fuzz` tries for hours holds for what it began with, what once broke it, and changes of these."""

from random import Random

import pytest

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

_BROKE = {
    "agi": [b"200 result=1 endpos=" + b"9" * 5000, "200 result=²".encode(), b"200 result=" + b"9" * 5000],
    "ami": [b"\x05Event: Hangup\r\nUniqueid: 1.1\r\nCause: " + b"9" * 3000 + b"\r\n\r\n"],
    "calendar": [
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:2=0261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ],
    "numbers": [b"a)nonymous", b"un-known", b"(s)"],
}


@pytest.mark.parametrize("name", TARGETS)
def test_what_it_begins_with_and_what_once_broke_it(name: str) -> None:
    for data in [b"", *seeds(name), *_BROKE.get(name, ())]:
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_hundred_changes(name: str) -> None:
    random = Random(name)  # noqa: S311 - the same each time
    begun = seeds(name)
    for _ in range(100):
        data = bytearray(random.choice(begun)[:2000])
        for _ in range(random.randrange(1, 6)):
            place = random.randrange(len(data) + 1)
            data[place : place + random.randrange(4)] = random.randbytes(random.randrange(4))
        TARGETS[name](bytes(data))
