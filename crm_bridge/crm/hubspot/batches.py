"""Many objects in one request, as HubSpot's batch addresses take them, and the answer to each.

Partial answers are HTTP 207: what was made tells the trace id that we gave it (``objectWriteTraceId``), what was
refused tells in its ``context`` which it was. What has neither is unknown: its message looks before it tries again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crm_bridge.crm.errors import CrmBroken, CrmError, CrmMissing, CrmRefused
from telephony.net.bounded import Json

MOST: Final = 100
"""Objects that one batch takes."""
_TOLD: Final = 300
_GONE: Final = "OBJECT_NOT_FOUND"

Row = dict[str, Any]


def traced(bodies: Sequence[Mapping[str, Any]]) -> Row:
    """Make the body of a batch that makes things, so that each answer is known."""
    return {"inputs": [{**body, "objectWriteTraceId": str(place)} for place, body in enumerate(bodies)]}


def made(answer: Json, count: int) -> list[str | CrmError]:
    """Return the id of each thing of a `traced` batch, or why it was refused."""
    by_trace: dict[str, str | CrmError] = {}
    for error, context in _errors(answer):
        for trace in _texts(context.get("objectWriteTraceId")):
            by_trace[trace] = error
    for row in _rows(answer):
        if row.get("id") and row.get("objectWriteTraceId") is not None:
            by_trace[str(row["objectWriteTraceId"])] = str(row["id"])
    return [by_trace.get(str(place)) or _unknown("made") for place in range(count)]


def found(answer: Json, numbers: Sequence[str]) -> list[Row | CrmError]:
    """Return each object of a batch that reads or changes objects by their ids, or why there is none."""
    rows = {str(row.get("id")): row for row in _rows(answer)}
    refused: dict[str, CrmError] = {}
    for error, context in _errors(answer):
        for number in _texts(context.get("ids")) or _texts(context.get("id")):
            refused[number] = error
    return [rows.get(number) or refused.get(number) or _unknown(number) for number in numbers]


def _unknown(what: str) -> CrmError:
    return CrmBroken(f"a batch without an answer of {what}")


def _rows(answer: Json) -> list[Row]:
    rows = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise CrmBroken("a batch without results")
    return [row for row in rows if isinstance(row, dict)]


def _errors(answer: Json) -> list[tuple[CrmError, Mapping[str, Any]]]:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return [
        (
            (CrmMissing if each.get("category") == _GONE else CrmRefused)(str(each.get("message"))[:_TOLD]),
            each["context"] if isinstance(each.get("context"), dict) else {},
        )
        for each in (errors if isinstance(errors, list) else ())
        if isinstance(each, dict)
    ]


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return [] if value is None else [str(value)]
