"""From a TOML file and the environment to frozen settings, with complaints that a stranger can act on.

`load` reads the file (one that was named must exist), lays variables ``RINGBACK_SECTION__KEY`` over it
(``RINGBACK_PBX__0__HOST`` reaches into lists), fetches each secret that is told as a ``..._file``, and lets the
settings classes check the whole. Every complaint names its origin (file and line, or variable), the key, what is wrong
and the cure; all of them come at once. `reference` writes docs/settings.md and the sample file from the same classes.

Why this is not pydantic-settings: it ignores a missing file in silence, its errors do not tell the file, and it has no
variables for the items of a list.
"""
