"""Where this machine's apt may have Asterisk from."""

from pathlib import Path

from deploy.lab.programs.apt_sources import Source, choices, parse_deb822, parse_list, read_machine

DEBIAN = {"ID": "debian", "VERSION_CODENAME": "bookworm"}
UBUNTU = {"ID": "ubuntu", "ID_LIKE": "debian", "VERSION_CODENAME": "noble", "UBUNTU_CODENAME": "noble"}


def test_one_line_sources_with_and_without_options_are_read() -> None:
    text = (
        "# a comment\n"
        "deb http://mirror.example/debian bookworm main contrib # more\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/x y main\n"
        "deb-src http://mirror.example/debian bookworm main\n"
        "deb http://mirror.example/flat ./\n"
    )
    assert list(parse_list(text)) == [
        Source("http://mirror.example/debian", "bookworm", ("main", "contrib")),
        Source("http://mirror.example/x", "y", ("main",), "/k.gpg"),
    ]


def test_deb822_sources_are_read_but_not_the_disabled_nor_those_of_source_code() -> None:
    text = (
        "Types: deb deb-src\nURIs: http://a.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n"
        "# between\nSigned-By: /k.gpg\n\n"
        "Types: deb\nURIs: http://off.example\nSuites: x\nComponents: main\nEnabled: no\n\n"
        "Types: deb-src\nURIs: http://src.example\nSuites: x\nComponents: main\n\n"
        "Types: deb\nURIs: http://key.example\nSuites: y\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n"
    )
    assert list(parse_deb822(text)) == [
        Source("http://a.example/debian", "bookworm", ("main",), "/k.gpg"),
        Source("http://a.example/debian", "bookworm-updates", ("main",), "/k.gpg"),
        Source("http://key.example", "y", ("main",)),
    ]


def test_debian_is_asked_for_a_later_suite_on_its_own_mirror() -> None:
    sources = [
        Source("http://mirror.example/debian-security", "bookworm-security", ("main",)),
        Source("http://mirror.example/debian", "bookworm", ("main", "contrib")),
        Source("http://other.example/tool", "stable", ("main",)),
    ]
    tried = choices(sources, DEBIAN)
    assert [[(s.uri, s.suite, s.components) for s in one] for one in tried] == [
        [("http://mirror.example/debian", "forky", ("main",))],
        [("http://mirror.example/debian", "sid", ("main",))],
    ]


def test_ubuntu_is_asked_for_universe_of_its_own_release() -> None:
    sources = [
        Source("http://u.example/ubuntu", "noble", ("main", "restricted")),
        Source("http://u.example/ubuntu", "noble-updates", ("main",)),
        Source("http://u.example/ubuntu", "noble-security", ("main",)),
        Source("http://ppa.example/x", "jammy", ("main",)),
    ]
    (tried,) = choices(sources, UBUNTU)
    assert [(s.suite, s.components) for s in tried] == [
        ("noble", ("main", "universe")),
        ("noble-updates", ("main", "universe")),
    ]


def test_an_unknown_system_has_no_choices() -> None:
    assert choices([Source("http://x.example", "main", ("main",))], {"ID": "fedora"}) == []


def test_both_styles_of_a_machine_are_read_and_other_files_are_not(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb http://one.example s main\n")
    (parts / "b.sources").write_text("Types: deb\nURIs: http://two.example\nSuites: s\nComponents: main\n")
    (parts / "c.list.disabled").write_text("deb http://three.example s main\n")
    assert [source.uri for source in read_machine(tmp_path)] == ["http://one.example", "http://two.example"]


def test_a_source_is_written_as_apt_reads_it() -> None:
    source = Source("http://one.example", "s", ("main", "universe"), "/k.gpg")
    assert list(parse_list(source.line())) == [source]
