"""Filters that came with an address: kept by every link of the page, and shown where the form has no field. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from multidict import MultiMapping

KeptFilters = Mapping[str, str | tuple[str, ...]]


class FilterChip(NamedTuple):
    """A filter that can be taken off."""

    name: str
    values: Sequence[str]


def kept_of(query: MultiMapping[str], names: Iterable[str]) -> dict[str, str | tuple[str, ...]]:
    """Return the filters of an address by name: one value as it is, several as a tuple."""
    found: dict[str, str | tuple[str, ...]] = {}
    for name in names:
        values = tuple(dict.fromkeys(value for value in query.getall(name, ()) if value))
        if values:
            found[name] = values if len(values) > 1 else values[0]
    return found


def chips_of(kept: KeptFilters, in_the_form: Collection[str], several: Collection[str] = ()) -> list[FilterChip]:
    """Return what the form does not show: filters without a field, and several values of a field that takes one.

    Args:
        kept: all filters.
        in_the_form: those with a field of one value.
        several: those with a field of several values.
    """
    return [
        FilterChip(name, value if isinstance(value, tuple) else (value,))
        for name, value in kept.items()
        if name not in several and (isinstance(value, tuple) or name not in in_the_form)
    ]
