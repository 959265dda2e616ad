"""The shape of a settings class's fields: which are sections, lists of them, or secrets."""

import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

FILE_SUFFIX = "_file"


class FieldType(NamedTuple):
    """What a field's annotation holds, as far as reading files and writing documents need to know."""

    section: type[BaseModel] | None = None
    """The settings class of the value, or of each item if `many` or `keyed`."""
    many: bool = False
    """A list, in TOML ``key = [...]`` or ``[[key]]``."""
    keyed: bool = False
    """A table with names of the operator's own choice."""
    secret: bool = False
    plain: str = "text"
    """What to call the value in a document: text, number, true/false, path, list."""


_PLAIN = {bool: "true/false", int: "number", float: "number", Path: "path"}


def shape(annotation: object) -> FieldType:
    """Return the shape of an annotation; an optional one has that of its value."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return shape(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return shape(next(part for part in get_args(annotation) if part is not types.NoneType))
    if origin in (tuple, list, frozenset, set):
        return shape(get_args(annotation)[0])._replace(many=True, plain="list")
    if origin in (dict, Mapping):
        return shape(get_args(annotation)[1])._replace(keyed=True, plain="table")
    if isinstance(annotation, type):
        return _class_shape(annotation)
    return FieldType()


def _class_shape(kind: type) -> FieldType:
    if issubclass(kind, BaseModel):
        return FieldType(section=kind, plain="section")
    return FieldType(
        secret=issubclass(kind, SecretStr), plain=next((v for k, v in _PLAIN.items() if issubclass(kind, k)), "text")
    )


def field_shape(field: FieldInfo) -> FieldType:
    """Return the shape of a model's field."""
    return shape(field.annotation)


class FieldPath(NamedTuple):
    """Where a path of keys leads in the settings classes, as far as it can be followed."""

    section: type[BaseModel]
    """The last section that the path went through."""
    field: FieldInfo | None
    """The setting it ends at, or None if it ends at a section or at a key that does not exist."""
    depth: int
    """How many parts of the path were followed."""


def follow(model: type[BaseModel], path: tuple[Any, ...]) -> FieldPath:
    """Follow ``("pbx", 0, "host")`` through ``model``."""
    section, field, depth = model, None, 0
    inside_list = False
    for part in path:
        if inside_list:
            inside_list, depth = False, depth + 1
            continue
        field = section.model_fields.get(str(part))
        if field is None:
            break
        depth += 1
        found = field_shape(field)
        if found.section is None:
            break
        section, field, inside_list = found.section, None, found.many or found.keyed
    return FieldPath(section, field, depth)
