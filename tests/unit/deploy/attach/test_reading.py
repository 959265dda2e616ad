"""Configuration files are read as Asterisk reads them, whatever is in them."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import pytest

from deploy.attach import blocks
from deploy.attach.reading.endpoints import pjsip_candidates, sort_out, told_candidate, wizard_candidates
from deploy.attach.reading.lines import ConfLine, LineKind, conf_lines, ends_in_comment
from deploy.attach.reading.tree import DEEPEST, ConfTree, read_tree


class Files:
    """Files in memory."""

    def __init__(self, **files: str) -> None:
        self.files = {f"/etc/{name.replace('_', '.')}": text for name, text in files.items()}

    def text(self, path: str) -> str:
        if self.files[path] == "unreadable":
            raise PermissionError(13, "Permission denied")
        return self.files[path]

    def matching(self, pattern: str) -> Sequence[str]:
        return sorted(path for path in self.files if fnmatchcase(path, pattern))


def tree(**files: str) -> ConfTree:
    return read_tree(Files(**files), "/etc/a.conf", "/etc")


def test_headers_settings_directives_and_comments() -> None:
    text = '[a](!,b) ; c\nx = 1 ;2\ny=>a\\;b\n#include "c.conf"\n#tryinclude <d.conf>\n#exec rm -rf /\nno setting\n'
    assert list(conf_lines(text)) == [
        ConfLine(1, LineKind.HEADER, "a", options=("!", "b")),
        ConfLine(2, LineKind.SETTING, "x", "1"),
        ConfLine(3, LineKind.SETTING, "y", "a;b"),
        ConfLine(4, LineKind.INCLUDE, "c.conf"),
        ConfLine(5, LineKind.INCLUDE, "d.conf"),
        ConfLine(6, LineKind.EXEC, "rm -rf /"),
    ]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (";-- a = 1 --; b = 2", ["b"]),
        (";--\na = 1\n;-- deeper --;\nb = 2\n--;\nc = 3", ["c"]),
        (";--- one line\na = 1", ["a"]),
        (";--\na = 1", []),
        (";--== end of [x] ==--;\na = 1", ["a"]),
    ],
)
def test_long_comments_nest(text: str, left: list[str]) -> None:
    assert [line.name for line in conf_lines(text)] == left
    assert ends_in_comment(text) is (not left)


def test_templates_give_their_settings_and_a_plus_goes_on() -> None:
    read = tree(a_conf="[t](!)\ntype = x\nk = 1\n[one](t)\nk = 2\n[two]\n[one](+)\nz = 3\n")
    assert [section.name for section in read.real()] == ["one", "two"]
    assert (read.value("one", "type"), read.value("one", "k"), read.value("one", "z")) == ("x", "2", "3")


def test_a_circle_of_includes_a_file_nobody_may_read_and_a_command_are_told_and_cost_nothing() -> None:
    read = tree(
        a_conf="#include b.conf\n#exec touch /tmp/x\n[s]\nk=1\n",
        b_conf="#include a.conf\n#include c.conf\n",
        c_conf="unreadable",
    )
    assert read.value("s", "k") == "1"
    assert read.commands == ["touch /tmp/x"]
    assert read.problems == [
        "/etc/a.conf includes itself by /etc/a.conf > /etc/b.conf > /etc/a.conf",
        "/etc/c.conf cannot be read: Permission denied",
    ]


def test_includes_end_where_asterisk_ends_them() -> None:
    files = Files()
    files.files = {f"/etc/{n}.conf": f"[s{n}]\n#include {n + 1}.conf\n" for n in range(40)}
    read = read_tree(files, "/etc/0.conf", "/etc")
    assert len(read.sections) == DEEPEST + 1
    assert len(read.problems) == 1


def test_a_file_that_includes_many_many_times_ends() -> None:
    read = tree(a_conf="#include b.conf\n" * 5000, b_conf="[x]\n")
    assert len(read.problems) == 50


def test_phones_and_trunks_of_a_wizard() -> None:
    read = tree(
        a_conf="[w](!)\ntype=wizard\n[carrier](w)\nsends_registrations=yes\nremote_hosts=sip.example\n"
        "endpoint/context=outside\n[101](w)\naccepts_registrations=yes\n"
        "endpoint/context=inside\nendpoint/callerid=A <101>\n"
        "[reception](w)\naccepts_auth=yes\nendpoint/context=inside\n"
    )
    found = sort_out(wizard_candidates(read))
    assert [trunk.glob for trunk in found.trunks] == ["PJSIP/carrier-*"]
    assert [(phone.number, phone.name) for phone in found.phones] == [("101", "A"), ("reception", "reception")]


def test_a_numbered_trunk_with_a_login_is_a_trunk_and_a_gateway_of_phones_is_asked_about() -> None:
    read = tree(
        a_conf="[380441234567]\ntype=endpoint\noutbound_auth=x\ncontext=in\naors=p\n[p]\ntype=aor\ncontact=sip:a\n"
        "[gateway]\ntype=endpoint\ncontext=other\n"
    )
    found = sort_out(pjsip_candidates(read))
    assert [trunk.endpoint for trunk in found.trunks] == ["PJSIP/380441234567"]
    assert found.unsure == ["PJSIP/gateway"]


def test_what_only_the_running_pbx_knows() -> None:
    phone = told_candidate(
        "xm4bd2qa", {"auth": "a", "context": "inside", "callerid": '"Ann" <1004>'}, registers_outside=False
    )
    trunk = told_candidate("trunk9", {"outbound_auth": "t"}, registers_outside=True)
    found = sort_out([phone, trunk])
    assert [(one.number, one.endpoint) for one in found.phones] == [("1004", "PJSIP/xm4bd2qa")]
    assert found.trunks[0].why == "registers at a carrier"


@pytest.mark.parametrize("text", ["", "a = 1\n", "a = 1", "[general]\r\na = 1\r\n", "\udcff\n"])
def test_a_block_put_in_and_taken_out_leaves_every_byte(text: str) -> None:
    put = blocks.at_end(text, "x = 1\n")
    assert blocks.has_block(put)
    assert blocks.at_end(put, "x = 1\n") == put
    assert blocks.without_block(put) == text
    assert (
        blocks.without_block(f"{put}later = 2\n")
        == f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}later = 2\n"
    )


def test_a_block_goes_to_the_end_of_its_section() -> None:
    text = "[general]\na = 1\n[manager]\nb = 2"
    put = blocks.in_section(text, "general", "x = 1\n", implied=False)
    assert read_tree(Files(a_conf=put), "/etc/a.conf", "/etc").value("general", "x") == "1"
    assert blocks.without_block(put) == text
    custom = blocks.in_section("c = 1\n[manager]\n", "general", "x = 1\n", implied=True)
    assert custom.index("x = 1") < custom.index("[manager]")
    assert "[general]" in blocks.in_section("", "general", "x = 1\n", implied=False)
