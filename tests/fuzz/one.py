"""The process that tries one target: atheris watches which branches of our own code each input takes."""

import sys

import atheris

with atheris.instrument_imports(include=["telephony", "crm_bridge"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    name, *words = sys.argv[1:]
    atheris.Setup(["fuzz", *words], TARGETS[name])
    atheris.Fuzz()
