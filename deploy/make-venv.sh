#!/bin/sh
# Makes a virtual environment with pip in it, on a machine that may have no more than a bare python3.
#
#   deploy/make-venv.sh FOLDER        PYTHON=python3.12 in the environment chooses the interpreter
#
# Debian and Ubuntu cut `ensurepip` out of python3; where it is missing, pip's own wheel is taken from the package
# python3-pip-whl, downloaded and unpacked in a folder of ours: no root is needed, nothing is installed.
set -eu

venv=${1:?usage: deploy/make-venv.sh FOLDER}

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }
new_enough() { "$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

python=
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if new_enough "$candidate"; then python=$candidate; break; fi
done
[ -n "$python" ] || die "no Python 3.11 or newer was found${PYTHON:+ as PYTHON=$PYTHON}." \
    "On Debian or Ubuntu: apt-get install python3   Elsewhere: make setup PYTHON=/path/to/python3.12"

say "making $venv with $("$python" --version)"
rm -rf "$venv"
if "$python" -c 'import ensurepip' 2>/dev/null && "$python" -m venv "$venv" 2>/dev/null; then
    exit 0
fi

rm -rf "$venv"
"$python" -m venv --without-pip "$venv"
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    rm -rf "$venv"
    die "this Python has no ensurepip and there is no apt here to fetch pip with: install your system's venv package for Python"
}

say "this Python has no ensurepip: fetching pip's wheel with apt (nothing is installed)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
own="-o Dir::State::Lists=$work/lists -o Dir::Cache=$work/cache -o Debug::NoLocking=1 -o APT::Sandbox::User=$(id -un) -qq"
wheel() { find "$1" -name 'pip-*.whl' 2>/dev/null | head -n 1; }
found=$(wheel /usr/share/python-wheels)
if [ -z "$found" ]; then
    # The machine's own package lists are tried first: they are often there, and then this takes a second.
    (cd "$work" && { apt-get -qq download python3-pip-whl || { apt-get $own update && apt-get $own download python3-pip-whl; }; }) \
        >"$work/log" 2>&1 || { cat "$work/log" >&2; rm -rf "$venv"; die "pip could not be fetched. As root: apt-get install python3-venv"; }
    dpkg-deb -x "$work"/python3-pip-whl_*.deb "$work/root"
    found=$(wheel "$work/root")
fi
[ -n "$found" ] || { rm -rf "$venv"; die "python3-pip-whl holds no pip wheel. As root: apt-get install python3-venv"; }
PYTHONPATH="$found" "$venv/bin/python" -m pip --disable-pip-version-check --quiet install --no-index "$found"
