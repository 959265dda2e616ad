"""What amoCRM takes, as its documents tell it, for the fake account: fields, their types, who may own a thing.

https://www.amocrm.ru/developers/content/crm_platform/: calls-api, tasks-api, contacts-api, leads-api, unsorted-api,
events-and-notes; in English https://www.kommo.com/developers/content/api_v4/. A request in which one thing is not valid
is refused as a whole: HTTP 400, ``validation-errors`` by ``request_id``.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

Json = Any
_OWNED = {"responsible_user_id", "created_by", "updated_by", "request_id"}
FIELDS: Mapping[str, tuple[Mapping[str, type], set[str]]] = {
    "calls": (
        {"direction": str, "duration": int, "source": str, "phone": str},
        {"uniq", "link", "call_result", "call_status", "call_responsible", "created_at", "updated_at"} | _OWNED,
    ),
    "tasks": (
        {"text": str, "complete_till": int},
        {"entity_id", "entity_type", "is_completed", "task_type_id", "duration", "result"} | _OWNED,
    ),
    "leads/complex": ({}, {"name", "price", "status_id", "pipeline_id", "_embedded"} | _OWNED),
    "leads/unsorted/sip": (
        {"source_name": str, "source_uid": str, "metadata": dict},
        {"pipeline_id", "created_at", "request_id", "_embedded"},
    ),
}
"""By address: what must be there, of which type; what may be there."""


def wrong_with(path: str, things: Sequence[Json], users: Collection[int] | None) -> Json | None:
    """Give the answer to things of which some are not valid, or None."""
    must, may = FIELDS[path]
    listed = []
    for place, thing in enumerate(things):
        errors = [
            _error("NotExpected", name, "This field was not expected.") for name in thing.keys() - may - must.keys()
        ]
        errors += [_error("NotBlank", name, "This field is missing.") for name in must.keys() - thing.keys()]
        errors += [
            _error("InvalidType", name, f"This value should be of type {kind.__name__}.")
            for name, kind in must.items()
            if name in thing and (not isinstance(thing[name], kind) or isinstance(thing[name], bool))
        ]
        owner = thing.get("responsible_user_id")
        if users is not None and owner is not None and owner not in users:
            errors.append(
                _error("NotSupportedChoice", "responsible_user_id", "The value you selected is not a valid choice.")
            )
        if errors:
            listed.append({"request_id": str(thing.get("request_id", place)), "errors": errors})
    if not listed:
        return None
    words = {"title": "Bad Request", "status": 400, "detail": "Request validation failed"}
    return {"validation-errors": listed, **words}


def _error(code: str, path: str, detail: str) -> Json:
    return {"code": code, "path": path, "detail": detail}
