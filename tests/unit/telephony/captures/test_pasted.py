"""One capture, pasted in all the ways in which people do it: it is read, and what was taken off is told."""

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from telephony import replay

CAPTURE = Path(__file__).parents[3] / "transcripts" / "queue_answered.ami"
Message = list[str]


def messages() -> list[Message]:
    text = CAPTURE.read_text().replace("\r", "")
    found = [[line for line in piece.split("\n") if line] for piece in text.split("\n\n")]
    return [message for message in found if message and message[0].startswith("Event: ")]


def joined(found: list[Message], between: str = "\n", *, line: Callable[[str], str] = str) -> str:
    return between.join("\n".join(map(line, message)) for message in found) + "\n"


def numbered_by_grep(found: list[Message]) -> str:
    number = iter(range(1, 1 << 20))
    return "\n--\n".join(
        "\n".join(f"{next(number)}{'-' if index else ':'}{line}" for index, line in enumerate(message))
        for message in found
    )


def each_line(before: str) -> Callable[[list[Message]], str]:
    return lambda found: "\n".join(before + line for message in found for line in (*message, ""))


def as_objects(found: list[Message]) -> list[dict[str, str]]:
    return [dict(re.split(r": ?", line, maxsplit=1) for line in message) for message in found]


WAYS: dict[str, Callable[[list[Message]], str]] = {
    "blanks at line ends": lambda found: joined(found, "\n\n", line=lambda line: line + "   "),
    "blank lines with blanks": lambda found: joined(found, "\n \t \n"),
    "no blank lines": joined,
    "a blank line after each line": lambda found: "\n\n".join(joined(found).splitlines()),
    "dashes": lambda found: joined(found, "\n-----------\n"),
    "grep's dashes": lambda found: joined(found, "\n--\n"),
    "grep -n": numbered_by_grep,
    "grep in files": lambda found: "\n--\n".join(
        "\n".join(f"ami.log{'-' if index else ':'}{line}" for index, line in enumerate(message)) for message in found
    ),
    "a console's time": each_line("[Aug 29 19:13:56] "),
    "a program's time": each_line("2025-01-02 10:00:00.123 "),
    "syslog": each_line("Jan  2 10:00:00 pbx ami[123]: "),
    "quoted": each_line("> "),
    "arrows": each_line("<-- "),
    "an address": each_line("10.0.0.5:5038 -> "),
    "a pipe": each_line("| "),
    "indented": each_line("    "),
    "a time before each first line": lambda found: "\n\n".join(
        f"[2025-01-02 10:00:0{number % 10}] DEBUG ami: " + "\n".join(message) for number, message in enumerate(found)
    ),
    "line ends as letters": lambda found: "\\r\\n\\r\\n".join("\\r\\n".join(message) for message in found),
    "line ends as letters, a line each": lambda found: "\n".join(
        "recv: " + "\\r\\n".join(message) + "\\r\\n\\r\\n" for message in found
    ),
    "old line ends": lambda found: joined(found, "\n\n").replace("\n", "\r"),
    "no blank after the colon": lambda found: joined(found, "\n\n", line=lambda line: line.replace(": ", ":", 1)),
    "tabs after the colon": lambda found: joined(found, "\n\n", line=lambda line: line.replace(": ", ":\t", 1)),
    "Markdown": lambda found: "```\n" + joined(found, "\n\n") + "```\n",
    "colours": lambda found: joined(found, "\n\n", line=lambda line: f"\x1b[32m{line}\x1b[0m"),
    "JSON in a log": lambda found: "\n".join(f"2025-01-02 DEBUG {json.dumps(each)}" for each in as_objects(found)),
    "JSON behind brackets": lambda found: "\n".join(f"[10:00] INFO {json.dumps(each)}" for each in as_objects(found)),
    "a Python program's prints": lambda found: "\n".join(map(repr, as_objects(found))),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_pasted_is_read_as_what_the_pbx_sent(way: str, tmp_path: Path) -> None:
    path = tmp_path / "capture.txt"
    path.write_text(WAYS[way](messages()))
    pasted, plain, told = StringIO(), StringIO(), StringIO()
    assert replay.run([str(path)], out=pasted, errors=told) == replay.EXIT_OK
    assert replay.run([str(CAPTURE)], out=plain, errors=StringIO()) == replay.EXIT_OK
    assert pasted.getvalue() == plain.getvalue()
    assert " used" in told.getvalue()


def test_what_is_taken_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "capture.txt"
    path.write_text(each_line("[Aug 29 19:13:56] ")(messages()))
    told = StringIO()
    replay.run([str(path)], out=StringIO(), errors=told)
    assert "without lines with '[Aug 29 19:13:56]' before them" in told.getvalue()


def test_a_capture_without_a_call_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "capture.txt"
    path.write_text("Event: PeerStatus\nPeer: PJSIP/101\n\nEvent: PeerStatus\nPeer: PJSIP/102\n\n")
    out, told = StringIO(), StringIO()
    assert replay.run([str(path)], out=out, errors=told) == replay.EXIT_UNREADABLE
    assert "of 2 events none was used" in told.getvalue()
    assert not out.getvalue()


def test_a_hostile_name_is_no_beginning_of_a_message(tmp_path: Path) -> None:
    path = tmp_path / "capture.txt"
    text = joined(messages(), "\n\n").replace("CallerIDName: Taras", "CallerIDName: x Event: Hangup")
    path.write_text(text)
    out = StringIO()
    assert replay.run([str(path)], out=out, errors=StringIO()) == replay.EXIT_OK
    assert json.loads(out.getvalue())["disposition"] == "answered"
