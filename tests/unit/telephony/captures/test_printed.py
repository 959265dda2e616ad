r"""One capture as tools, libraries and pages print it; and what people send that is no capture, called by its name."""

import html
import json
import quopri
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from telephony import replay
from tests.unit.telephony.captures.test_pasted import (
    CAPTURE,
    Message,
    as_objects,
    as_text,
    each_object,
    joined,
    lines_of,
    messages,
)


def bytes_of(found: list[Message]) -> bytes:
    return "".join(map(as_text, found)).encode()


def seen(row: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)


def dumped(found: list[Message]) -> str:
    """`hexdump -C`."""
    sent = bytes_of(found)
    return "\n".join(
        f"{at:08x}  {sent[at : at + 16].hex(' '):49} |{seen(sent[at : at + 16])}|" for at in range(0, len(sent), 16)
    )


def packets(found: list[Message]) -> str:
    """`tcpdump -X`: each packet with IP's and TCP's heads."""
    lines = []
    for message in found:
        lines.append("10:11:12.345678 IP 10.0.0.1.5038 > 10.0.0.2.51234: Flags [P.], seq 1:300, ack 1, length 299")
        packet = bytes([0x45, *[0] * 19]) + bytes([*[0] * 12, 0x80, *[0] * 19]) + as_text(message).encode()
        for at in range(0, len(packet), 16):
            row = packet[at : at + 16]
            lines.append(f"\t0x{at:04x}:  {row.hex(' ', -2):40} {seen(row)}")
    return "\n".join(lines)


def by_asterisk_java(found: list[Message]) -> str:
    return "\n".join(
        "2016-03-04 10:11:12,123 DEBUG (ManagerReaderImpl.java:181) - Dispatching: org.asteriskjava.manager.event."
        f"{each['Event']}Event[dateReceived='Fri Mar 04 10:11:12 EET 2016',server=null,"
        + ",".join(f"{key.lower()}='{value}'" for key, value in each.items() if key != "Event")
        + ",systemHashcode=1234567]"
        for each in as_objects(found)
    )


def by_pami(found: list[Message]) -> str:
    return "\n".join(
        f"PAMI\\Message\\Event\\{each['Event']}Event Object\n(\n    [rawContent:protected] => "
        + "\n".join(message)
        + "\n    [keys:protected] => Array\n        (\n"
        + "\n".join(f"            [{key.lower()}] => {value}" for key, value in each.items())
        + "\n        )\n\n)\n"
        for message, each in zip(found, as_objects(found), strict=True)
    )


def in_a_table(found: list[Message], row: str, around: str) -> str:
    return "\n\n".join(around % "\n".join(row % item for item in each.items()) for each in as_objects(found))


def java_attributes(found: list[Message]) -> str:
    """What Asterisk-Java says of events that it does not know: the event's name stands anywhere."""
    return "\n".join(
        "[Reader-0] INFO EventBuilderImpl - No event class registered for event type 'x', attributes: {"
        + ", ".join(f"{key.lower()}={value}" for key, value in sorted(each.items()))
        + "}. Please report at https://example.org/issues"
        for each in as_objects(found)
    )


def html_table(found: list[Message]) -> str:
    rows = (
        "".join(f"<tr><td>{html.escape(key)}</td><td>{html.escape(value)}</td></tr>\n" for key, value in each.items())
        for each in as_objects(found)
    )
    return "<table>\n" + '<tr><td colspan="2"><hr></td></tr>\n'.join(rows) + "</table>"


WAYS: dict[str, Callable[[list[Message]], str | bytes]] = {
    "Asterisk-Java": by_asterisk_java,
    "Asterisk-Java's attributes": java_attributes,
    "PAMI": by_pami,
    "var_dump": lambda found: in_a_table(found, '  ["%s"]=>\n  string(9) "%s"', "array(9) {\n%s\n}"),
    "ngrep": lambda found: "".join(
        "T 10.0.0.1:5038 -> 10.0.0.2:51234 [AP]\n" + "".join(f"{line}.\n" for line in message) + ".\n\n"
        for message in found
    ),
    "tcpdump -A": lambda found: "\n".join(
        "10:11:12.3456 IP 10.0.0.1.5038 > 10.0.0.2.51234: Flags [P.], seq 1:300, ack 1, win 227, length 299\n"
        f"E..O{chr(33 + number % 60)}.@.@....{chr(64 + number % 50)}......" + "\n".join(message) + "\n"
        for number, message in enumerate(found)
    ),
    "tcpdump -X": packets,
    "hexdump -C": dumped,
    "two carriage returns": lambda found: "\r\r\n".join(lines_of(found)),
    "UTF-16": lambda found: ("\ufeff" + "\r\n".join(lines_of(found))).encode("utf-16-le"),
    "UTF-16, big end first": lambda found: ("\ufeff" + "\r\n".join(lines_of(found))).encode("utf-16-be"),
    "a mark of UTF-8": lambda found: ("\ufeff" + "\r\n".join(lines_of(found))).encode(),
    "quoted-printable": lambda found: quopri.encodestring("\n".join(lines_of(found)).encode()),
    "blanks before the colon": lambda found: joined(found, "\n\n", line=lambda line: line.replace(": ", " : ", 1)),
    "small keys": lambda found: joined(
        found, "\n\n", line=lambda line: line.partition(":")[0].lower() + line[line.index(":") :]
    ),
    "capital keys": lambda found: joined(
        found, "\n\n", line=lambda line: line.partition(":")[0].upper() + line[line.index(":") :]
    ),
    "Python's bytes": lambda found: "\n".join(f"DEBUG:ami:received {as_text(message).encode()!r}" for message in found),
    "AJAM's HTML": html_table,
    "AJAM's XML": lambda found: "\n".join(
        "<response type='object' id='unknown'><generic "
        + " ".join(f"{key.lower()}='{html.escape(value, quote=True)}'" for key, value in each.items())
        + " /></response>"
        for each in as_objects(found)
    ),
    "a table of Markdown": lambda found: in_a_table(found, "| %s | %s |", "| Header | Value |\n|---|---|\n%s"),
    "Asterisk's debug": lambda found: "\n".join(
        f"[2024-08-29 19:13:56.123] DEBUG[1234][C-1a]: manager.c:12 match_filter: Examining AMI event ({number}):\n"
        + "\n".join(message)
        + "\n"
        for number, message in enumerate(found)
    ),
    "cat -n": lambda found: "\n".join(f"{number:6}\t{line}" for number, line in enumerate(lines_of(found), 1)),
    "bat": lambda found: "\n".join(f"{number:4} │ {line}" for number, line in enumerate(lines_of(found), 1)),
    "a log's export": lambda found: (
        '"@timestamp","message"\n'
        + "".join('"Aug 29, 2024 @ 19:13:56","{}"\n'.format("\n".join(one).replace('"', '""')) for one in found)
    ),
    "Erlang": each_object('{"%s","%s"}', ",", "{event,[%s]}"),
    "Elixir": each_object('"%s" => "%s"', ", ", "%%{%s}"),
    "Perl": each_object("          '%s' => '%s'", ",\n", "$VAR1 = {\n%s\n        };"),
    "Lua": each_object('["%s"] = "%s"', ", ", "{ %s }"),
    "Rust": each_object('%s: "%s"', ", ", "AmiEvent { %s }"),
    "Java": each_object("%s=%s", ", ", "{%s}"),
    "logfmt": each_object('%s="%s"', " ", "level=debug %s"),
    "objects under a name": lambda found: "\n".join(json.dumps({"ts": 1, "ami": one}) for one in as_objects(found)),
    "objects in objects' texts": lambda found: "\n".join(
        json.dumps({"message": json.dumps(one)}) for one in as_objects(found)
    ),
    "a chat": lambda found: "bob - Today at 10:11\n```" + joined(found, "\n\n") + "```\nalice\nthanks\n",
    "a screen of 40 letters": lambda found: "\n".join(
        piece for line in lines_of(found) for piece in [line[at : at + 40] for at in range(0, len(line), 40)] or [""]
    ),
    "a logger's arrows, with its own SQL between": lambda found: "\n".join(
        "[2015-11-03 11:48:02]\n! --- Event ---------------\n"
        + "\n".join(f"!{key:>21} --> {value}  " for key, value in each.items())
        + "\n! -----------------------\nSELECT id FROM log WHERE a like 'SIP/1' and direction='I' and (b = '' OR c='')"
        for each in as_objects(found)
    ),
    "C#": each_object("%s = %s", ", ", "AmiEvent { %s }"),
    "XML's elements": lambda found: (
        "<events>"
        + "".join(
            "<event>" + "".join(f"<{key}>{html.escape(value)}</{key}>" for key, value in each.items()) + "</event>"
            for each in as_objects(found)
        )
        + "</events>"
    ),
    "a list's commas": lambda found: "\n\n".join("[" + ", \n".join(message) + "]" for message in found),
    "bold keys": lambda found: joined(found, "\n\n", line=lambda line: "**" + line.replace(": ", ":** ", 1)),
    "bold keys, the colon outside": lambda found: joined(
        found, "\n\n", line=lambda line: "- **" + line.replace(": ", "**: ", 1)
    ),
    "a patch": lambda found: "--- a/x\n+++ b/x\n@@ -0,0 +1,99 @@\n" + "\n".join("+" + one for one in lines_of(found)),
    "bullets": lambda found: "\n".join("• " + line for line in lines_of(found) if line),
    "a numbered list": lambda found: "\n".join(
        f"{number}. {line}" for number, line in enumerate(filter(None, lines_of(found)), 1)
    ),
}


def played(path: Path) -> tuple[int, str, str]:
    out, told = StringIO(), StringIO()
    return replay.run([str(path)], out=out, errors=told), out.getvalue(), told.getvalue()


@pytest.mark.parametrize("way", WAYS)
def test_what_a_tool_printed_is_read_as_what_the_pbx_sent(way: str, tmp_path: Path) -> None:
    path = tmp_path / "capture.txt"
    text = WAYS[way](messages())
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    code, calls, told = played(path)
    assert code == replay.EXIT_OK
    assert calls == played(CAPTURE)[1]
    assert " used" in told


NO_CAPTURES = {
    "ARI": '{"type":"ChannelDestroyed","cause":0,"channel":{"id":"54af","name":"PJSIP/kiwi-0000000f"}}',
    "Asterisk's own log": '[2024-08-29 19:13:56] VERBOSE[1234][C-1a] pbx.c: Executing [s@from-trunk:1] Set("x")\n',
    "(CDR)": 'calldate,clid,src,dst,dcontext,channel\n2024-08-29 19:13:56,"Taras" <0671234567>,0671234567,101,x,y\n',
    "queue's log": "1724951636|1724951636.1|sales|NONE|ENTERQUEUE||0671234567|1\n",
    "trace of SIP": "<--- Received SIP request --->\nINVITE sip:101@10.0.0.2 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1:5060\n",
    "list of channels": "Channel              Location             State   Application(Data)\n1 active channel\n",
    "packet capture": "\n\r\r\n\0\0\0\0",
    "unpack": "PK\x03\x04\0\0\0\0",
    "PDF": "%PDF-1.7\n",
}


@pytest.mark.parametrize("what", NO_CAPTURES)
def test_what_is_no_capture_is_called_by_its_name_with_what_to_send_instead(what: str, tmp_path: Path) -> None:
    path = tmp_path / "capture.txt"
    path.write_bytes(NO_CAPTURES[what].encode())
    code, calls, told = played(path)
    assert (code, calls) == (replay.EXIT_UNREADABLE, "")
    assert what in told
    assert "ringback run --capture FILE" in told
