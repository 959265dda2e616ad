"""What is known of channels, the newest only: a file may never tell the end of one. Pure."""

from typing import Final, TypeVar

_MOST: Final = 10_000
"""Channels: more are not up at a time on any PBX of ours."""

Value = TypeVar("Value")


class Recent(dict[str, Value]):
    """A dict of channels that forgets who came first, if there are too many."""

    def __setitem__(self, name: str, value: Value) -> None:
        """Remember one."""
        super().__setitem__(name, value)
        if len(self) > _MOST:
            del self[next(iter(self))]
