"""A configuration file of the PBX, as AMI's `GetConfig` tells it."""

from collections.abc import Iterator, Mapping


def config_lines(answer: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give names and values, in the file's order; which section they are in is left out."""
    for key, value in answer.items():
        if key.startswith("line-"):
            name, _, setting = value.partition("=")
            yield name.strip(), setting.strip()
