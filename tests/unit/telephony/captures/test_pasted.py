"""One capture, pasted in all the ways in which people do it: it is read, and what was taken off is told."""

import html
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


def as_text(message: Message) -> str:
    return "\r\n".join(message) + "\r\n\r\n"


def lines_of(found: list[Message]) -> list[str]:
    return [line for message in found for line in (*message, "")]


def each_object(pair: str, between: str = ", ", around: str = "%s") -> Callable[[list[Message]], str]:
    """Each message as a program prints it; ``pair`` has a key and a value."""
    return lambda found: "\n".join(
        around % between.join(pair % item for item in each.items()) for each in as_objects(found)
    )


def in_one_line(between: str) -> Callable[[list[Message]], str]:
    return lambda found: "\n".join(between.join(message) for message in found)


WRAPPINGS: dict[str, Callable[[list[Message]], str]] = {
    "a terminal's record": lambda found: (
        'Script started on 2025-01-02 10:00:00+02:00 [TERM="xterm"]\n$ telnet localhost 5038\nTrying 127.0.0.1...\n'
        + "".join(map(as_text, found))
        + "\nScript done on 2025-01-02\n"
    ),
    "a journal": each_line("2025-01-02T10:00:00.123456+0200 pbx ringback[1234]: "),
    "a container's times": each_line("2025-01-02T10:00:00.123456789Z "),
    "containers": each_line("asterisk-1  | "),
    "a container's file": lambda found: "\n".join(
        json.dumps({"log": line + "\r\n", "stream": "stdout", "time": "2025"}) for line in lines_of(found)
    ),
    "a journal's objects": lambda found: "\n".join(
        json.dumps({"PID": "1", "MESSAGE": line}) for line in lines_of(found)
    ),
    "a collector's list": lambda found: json.dumps(
        [{"@timestamp": "2025", "message": as_text(each)} for each in found]
    ),
    "an object's data": lambda found: "\n".join(
        json.dumps({"event": each["Event"], "data": each}) for each in as_objects(found)
    ),
    "HTML": lambda found: html.escape(joined(found, "\n\n")),
    "HTML with line ends": lambda found: "<br>\n".join(map(html.escape, lines_of(found))),
    "HTML in one line": lambda found: "<br />".join(map(html.escape, lines_of(found))),
    "HTML paragraphs": lambda found: "".join(f"<p>{html.escape(line)}</p>\n" for line in lines_of(found) if line),
    "mail": lambda found: "From: a@b\nSubject: Re: calls\n\nHello,\n\n" + each_line(">> ")(found) + "\n\nRegards\n",
    "Jira": lambda found: "{noformat}\n" + joined(found, "\n\n") + "{noformat}\n",
    "aligned": lambda found: joined(found, "\n\n", line=lambda line: re.sub(r"^([\w-]+): ", r"\1:          ", line)),
    "blanks that do not break": lambda found: joined(found, "\n\n", line=lambda line: line.replace(": ", ":\u00a0", 1)),
    "tabs for colons": lambda found: joined(found, "\n\n", line=lambda line: re.sub(": ?", "\t", line, count=1)),
    "equal signs": lambda found: joined(found, "\n\n", line=lambda line: re.sub(": ?", "=", line, count=1)),
    "double arrows": lambda found: joined(found, "\n\n", line=lambda line: re.sub(": ?", " => ", line, count=1)),
    "PHP": each_object("    [%s] => %s", "\n", "Array\n(\n%s\n)\n"),
    "PHP's export": each_object("  '%s' => '%s',", "\n", "array (\n%s\n),"),
    "Ruby": each_object('"%s"=>"%s"', ", ", "{%s}"),
    "Go": each_object("%s:%s", " ", "map[%s]"),
    "node": each_object("%s: '%s'", ",\n  ", "{ %s }"),
    "YAML": each_object('%s: "%s"', "\n  ", "- %s"),
    "panoramisk's": each_object("%s='%s'", " ", "<Message %s>"),
    "pairs": lambda found: "\n".join(f"OrderedDict({list(each.items())!r})" for each in as_objects(found)),
    "lists": lambda found: "\n".join(map(repr, found)),
    "semicolons": in_one_line("; "),
    "commas": in_one_line(", "),
    "bars": in_one_line(" | "),
    "a system call's trace": lambda found: "\n".join(
        'read(5, "' + as_text(each).replace("\r\n", "\\r\\n") + '", 4096) = 300' for each in found
    ),
}

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
    "two kinds of line ends": lambda found: "".join(
        ("\n" if number % 3 else "\r\n").join([*message, "", ""]) for number, message in enumerate(found)
    ),
    "two kinds of line ends, in one message": lambda found: "".join(
        line + ("\n" if number % 7 else "\r\n") for number, line in enumerate(joined(found, "\n\n").splitlines())
    ),
    "old line ends": lambda found: joined(found, "\n\n").replace("\n", "\r"),
    "no blank after the colon": lambda found: joined(found, "\n\n", line=lambda line: line.replace(": ", ":", 1)),
    "tabs after the colon": lambda found: joined(found, "\n\n", line=lambda line: line.replace(": ", ":\t", 1)),
    "Markdown": lambda found: "```\n" + joined(found, "\n\n") + "```\n",
    "colours": lambda found: joined(found, "\n\n", line=lambda line: f"\x1b[32m{line}\x1b[0m"),
    "JSON in a log": lambda found: "\n".join(f"2025-01-02 DEBUG {json.dumps(each)}" for each in as_objects(found)),
    "JSON behind brackets": lambda found: "\n".join(f"[10:00] INFO {json.dumps(each)}" for each in as_objects(found)),
    "a Python program's prints": lambda found: "\n".join(map(repr, as_objects(found))),
    **WRAPPINGS,
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
