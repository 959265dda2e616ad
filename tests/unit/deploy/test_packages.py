"""What packages are made of, and the wheel itself: everything that the code reads is in it."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from deploy.browser_files import SERVED, VENDOR
from deploy.packages import debian
from deploy.packages.others import PYTHONS, shared, unpack
from deploy.packages.release import disagreements, sums
from deploy.packages.tree import EPOCH, ROOT, CannotBuild, build_wheel, clean_tree, tracked
from deploy.supply import RUNS, packages

ROOMS = ("telephony/", "crm_bridge/", "deploy/", "dialplan/", "service.py")
FOR_PEOPLE = {"deploy/lab/README.md", "dialplan/README.md", "deploy/make-venv.sh"}
"""Read by people or by make, in a clone."""
NOT_IN_IT = ("deploy/packages/", "deploy/container/")
"""Makes packages, and is in none."""


def test_every_file_that_the_code_reads_is_in_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if it is built by somebody whose files are for nobody else to read."""
    monkeypatch.setenv(EPOCH, "1700000000")
    before = os.umask(0o077)
    try:
        with clean_tree() as tree:
            made = build_wheel(tree, tmp_path)
    finally:
        os.umask(before)
    with zipfile.ZipFile(made) as wheel:
        assert {entry.external_attr >> 16 & 0o777 for entry in wheel.infolist()} <= {0o644, 0o755, 0o664}
        assert {entry.date_time[:3] for entry in wheel.infolist()} == {(2023, 11, 14)}
        inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
        entry_points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
        assert "ringback = service:main" in wheel.read(entry_points).decode()
    wanted = {path for path in tracked() if path.startswith(ROOMS) and not path.startswith(NOT_IN_IT)}
    wanted |= {str((VENDOR / name).relative_to(ROOT)) for name in SERVED}
    assert wanted - inside == FOR_PEOPLE & wanted
    assert {name for name in inside - wanted if not name.startswith(str((VENDOR).relative_to(ROOT)))} == set()


def test_the_package_has_a_folder_for_each_python_that_it_lets_itself_be_installed_on(tmp_path: Path) -> None:
    debian._control(tmp_path, "1.0", "amd64")  # noqa: SLF001 - what dpkg reads
    control = (tmp_path / "DEBIAN/control").read_text()
    assert f"python3 (>= {PYTHONS[0]})" in control
    assert "python3 (<< 3.14~)" in control
    assert PYTHONS[-1] == "3.13"


@pytest.mark.parametrize("script", debian.SCRIPTS)
def test_the_packages_scripts_are_a_shells(script: str) -> None:
    subprocess.run(["/bin/sh", "-n", str(debian.HERE / script)], check=True)  # noqa: S603 - our own


def test_the_packages_unit_is_ours_with_its_places() -> None:
    text = debian.unit((ROOT / "deploy/systemd/ringback.service").read_text())
    assert "/opt/" not in text
    assert "ExecStart=/usr/bin/ringback run" in text
    with pytest.raises(CannotBuild, match="does not name"):
        debian.unit("[Service]\nExecStart=/bin/true\n")


def test_a_wheel_that_fits_all_pythons_is_shared_and_one_that_was_compiled_is_not(tmp_path: Path) -> None:
    names = {"3.11": ["a-1-py3-none-any.whl", "b-1-cp311.whl"], "3.12": ["a-1-py3-none-any.whl", "b-1-cp312.whl"]}
    wheels = {python: [tmp_path / name for name in theirs] for python, theirs in names.items()}
    assert [wheel.name for wheel in shared(wheels)] == ["a-1-py3-none-any.whl"]


def test_a_wheel_is_unpacked_with_its_data_and_what_may_run_but_nothing_outside(tmp_path: Path) -> None:
    site = tmp_path / "site"
    wheel = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        program = zipfile.ZipInfo("x/run")
        program.external_attr = 0o100755 << 16
        archive.writestr(program, b"#!")
        library = zipfile.ZipInfo("x/libx.so.5")
        library.external_attr = 0o100755 << 16
        archive.writestr(library, b"\x7fELF")
        archive.writestr("x/.gitignore", b"")
        archive.writestr("x/__init__.py", b"")
        archive.writestr("x-1.data/purelib/y.py", b"")
        archive.writestr("x-1.data/scripts/x", b"")
    unpack(wheel, site)
    found = {str(path.relative_to(site)): path.stat().st_mode & 0o777 for path in site.rglob("*") if path.is_file()}
    assert found == {"x/run": 0o755, "x/libx.so.5": 0o644, "x/__init__.py": 0o644, "y.py": 0o644}
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("../outside", b"")
    with pytest.raises(CannotBuild, match="outside"):
        unpack(wheel, site)


def test_the_lock_asks_for_no_choice_that_one_package_cannot_make() -> None:
    markers = {package.marker for package in packages(RUNS.read_text())}
    assert markers <= {"", "implementation_name != 'PyPy'"}


CHANGELOG = "# Changelog\n\n## Unreleased\n\n## 1.2.3 (2026-11-28)\n\n- It rings.\n"


@pytest.mark.parametrize(
    ("wanted", "declared", "changelog", "tags", "changed", "complaint"),
    [
        ("1.2.3", "1.2.3", CHANGELOG, ["v1.2.3"], "", ""),
        ("1.2.3", "1.2.3", CHANGELOG.replace("## 1.2.3 (2026-11-28)", "## [1.2.3]"), ["v1.2.3"], "", ""),
        ("1.2", "1.2", CHANGELOG, ["v1.2"], "", "three numbers"),
        ("1.2.3", "1.2.4", CHANGELOG, ["v1.2.3"], "", "version is 1.2.4"),
        ("1.2.3", "1.2.3", CHANGELOG.replace("1.2.3", "1.2.30"), ["v1.2.3"], "", "no heading"),
        ("1.2.3", "1.2.3", CHANGELOG.replace("1.2.3", "1a2b3"), ["v1.2.3"], "", "no heading"),
        ("1.2.3", "1.2.3", CHANGELOG, ["v1.2.4"], "", "no tag v1.2.3"),
        ("1.2.3", "1.2.3", CHANGELOG, ["v1.2.3"], " M service.py\n?? new.py", "service.py, new.py"),
    ],
)
def test_a_release_wants_its_version_told_the_same_everywhere(
    wanted: str, declared: str, changelog: str, tags: list[str], changed: str, complaint: str
) -> None:
    found = disagreements(wanted, declared, changelog, tags, changed)
    assert bool(found) is bool(complaint), found
    assert complaint in "\n".join(found)


def test_the_sums_are_what_sha256sum_reads(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"1")
    (tmp_path / "a").write_bytes(b"2")
    (tmp_path / "SHA256SUMS").write_text(sums([tmp_path / "b", tmp_path / "a"]))
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True)  # noqa: S607
