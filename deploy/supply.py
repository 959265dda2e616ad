"""What we are made of, from the lock: checked without a network, written as a bill of materials, asked about faults.

python -m deploy.supply check                 every package pinned and hashed, both locks agree, what is installed fits
python -m deploy.supply sbom > ringback.cdx.json        CycloneDX 1.6 of what a server runs
python -m deploy.supply audit                 known vulnerabilities, by pip-audit; without a network it says so
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

ROOT: Final = Path(__file__).parents[1]
RUNS, DEVELOPS = ROOT / "requirements" / "ringback.txt", ROOT / "requirements" / "development.txt"
_PINNED: Final = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)([^\\]*)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
_AUDITOR: Final = "pip-audit==2.9.0"


@dataclass(frozen=True, slots=True)
class Package:
    """One line of a lock."""

    name: str
    version: str
    marker: str
    """Where it is installed; empty is everywhere."""
    hashes: tuple[str, ...]
    """SHA-256 of the files that may be installed."""


def plain_name(name: str) -> str:
    """Return a package's name in the one spelling that registries compare by."""
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(lock: str) -> Iterator[Package]:
    """Read a lock as `uv pip compile --generate-hashes` writes it.

    Raises:
        ValueError: a line pins nothing: an address, a range, an option.
    """
    for line in lock.replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        hashes = tuple(_HASH.findall(line))
        found = _PINNED.fullmatch(_HASH.sub("", line).strip())
        if found is None:
            raise ValueError(f"not pinned to one version: {line[:80]}")
        yield Package(plain_name(found[1]), found[2], found[3].strip().removeprefix(";").strip(), hashes)


def faults(runs: str, develops: str, project: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the two locks; nothing is asked of anybody."""
    try:
        served, developed = list(packages(runs)), list(packages(develops))
    except ValueError as error:
        return [str(error)]
    known = {package.name: package.version for package in developed}
    return [
        *(f"{package.name}: no hash" for package in [*served, *developed] if not package.hashes),
        *(
            f"{package.name}: {package.version} to run, {known.get(package.name)} to develop"
            for package in served
            if known.get(package.name) != package.version
        ),
        *(f"{name}: wanted by pyproject.toml, not in the lock" for name in _wanted(project) if name not in known),
        *(f"{package.name}: installed is {found}, locked {package.version}" for package, found in _others(developed)),
    ]


def _wanted(project: Mapping[str, Any]) -> Iterator[str]:
    requirements = [*project["project"]["dependencies"], *(each for extra in _extras(project) for each in extra)]
    return (plain_name(found[0]) for line in requirements if (found := _NAME.match(line)))


def _extras(project: Mapping[str, Any]) -> Sequence[Sequence[str]]:
    return list(project["project"].get("optional-dependencies", {}).values())


def _others(locked: Sequence[Package]) -> Iterator[tuple[Package, str]]:
    """Yield the packages of which this environment has another version."""
    for package in locked:
        try:
            found = metadata.version(package.name)
        except metadata.PackageNotFoundError:
            continue  # for another machine or Python
        if found != package.version:
            yield package, found


def bill(lock: str, version: str) -> dict[str, Any]:
    """Make the bill of materials (CycloneDX 1.6); equal input gives equal output."""
    components = [_component(package) for package in packages(lock)]
    ours = f"pkg:pypi/ringback@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, ours + lock)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": ours, "name": "ringback", "version": version}},
        "components": components,
        "dependencies": [{"ref": ours, "dependsOn": [component["bom-ref"] for component in components]}],
    }


def _component(package: Package) -> dict[str, Any]:
    reference = f"pkg:pypi/{package.name}@{package.version}"
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": reference,
        "name": package.name,
        "version": package.version,
        "purl": reference,
        "hashes": [{"alg": "SHA-256", "content": value} for value in package.hashes],
    }
    license_of = _license(package.name)
    if license_of:
        component["licenses"] = [{"license": {"name": license_of}}]
    if package.marker:
        component["properties"] = [{"name": "ringback:marker", "value": package.marker}]
    return component


def _license(name: str) -> str:
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    license_text = next((about[field] for field in ("License-Expression", "License") if field in about), "")
    first = license_text.strip().splitlines()
    return first[0][:80] if first else ""


def audit() -> int:
    """Ask pip-audit, which asks the registry; 1 only if it names a vulnerability."""
    with tempfile.TemporaryDirectory(prefix="rb-audit-") as folder:
        found = Path(folder) / "found.json"
        words = ["tool", "run", "--from", _AUDITOR, "pip-audit", "--disable-pip", "--require-hashes"]
        command = [sys.executable, "-m", "uv", *words, "-r", str(RUNS), "-f", "json", "-o", str(found)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - by name, pinned
        if not found.exists():
            sys.stderr.write(f"audit: NOT DONE, nobody could be asked: {done.stderr.strip()[-200:]}\n")
            return 0
        answered = json.loads(found.read_text())["dependencies"]
    answered = [each for each in answered if "skip_reason" not in each]
    bad = [(each["name"], fault["id"]) for each in answered for fault in each.get("vulns", ())]
    sys.stdout.write(
        "".join(f"{name}: {fault}\n" for name, fault in bad) or f"audit: {len(answered)} packages, none known\n"
    )
    return 1 if bad else 0


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.supply", description=__doc__)
    parser.add_argument("order", choices=["check", "sbom", "audit"])
    order = parser.parse_args().order
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    if order == "audit":
        return audit()
    if order == "sbom":
        sys.stdout.write(json.dumps(bill(RUNS.read_text(), project["project"]["version"]), indent=1) + "\n")
        return 0
    wrong = faults(RUNS.read_text(), DEVELOPS.read_text(), project)
    sys.stderr.write("".join(f"lock: {fault}\n" for fault in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
