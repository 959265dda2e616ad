"""Building frozen values fast.

A frozen dataclass sets each field through ``object.__setattr__``, by name: a `Call` costs 7 µs, and a tracked call
makes half a dozen of them, each with its legs. So a value is filled as an ordinary object of the very same slots, which
Python does in a tenth of the time, and then told that it is a frozen one: Python allows that between classes whose
slots are the same, and refuses it with a TypeError otherwise. Nobody sees the value before it is frozen.
"""

from collections.abc import Callable
from dataclasses import fields, make_dataclass
from typing import Any, TypeVar

Value = TypeVar("Value")


def maker(cls: type[Value]) -> Callable[..., Value]:
    """Return a function that builds ``cls`` (a frozen dataclass with slots) of all its fields, in order."""
    names = [field.name for field in fields(cls)]  # type: ignore[arg-type] # every caller passes a dataclass
    thawed: Any = make_dataclass(cls.__name__, names, slots=True)

    def build(*values: object) -> Value:
        made = thawed(*values)
        made.__class__ = cls
        return made  # type: ignore[no-any-return] # it is one now

    return build
