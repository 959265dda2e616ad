"""docs/api.md, written from the OpenAPI document, so that it says of each field what the API itself says."""

from collections.abc import Mapping
from typing import Any, Final

from crm_bridge.api.endpoint import PREFIX

Json = dict[str, Any]

_HEAD: Final = f"""\
# The HTTP API

<!-- Written by `make docs` from the handlers' types; change those, not this file. -->

Everything is under `{PREFIX}`; a running daemon serves the same as `{PREFIX}/docs` (a page) and
`{PREFIX}/openapi.json` (OpenAPI 3.1, for generating clients).

* **Keys**: `Authorization: Bearer rbk_...`; make one with `ringback keys create NAME --scope SCOPE`. A key has scopes,
  may end by itself, and may ask so many times a minute (then 429 with `Retry-After`).
* **Refusals** are `application/problem+json` with a stable `error_id`; `complaints` names each wrong field. A refused
  request has changed nothing.
* **Done once**: a POST takes an `Idempotency-Key`, any name of up to 255 characters. The same
  request with the same key of the API and the same name is not done again for 24 hours: it gets the first answer, with
  `Idempotent-Replayed: true`; another request of that name is refused (422). A refused request leaves its name free.
  Where nobody knows whether the first was done (the daemon died, the PBX did not answer in time), the answer is 409
  `idempotency-unfinished`: look before you try another name. An erasure forgets the answers that name the number.
  What privacy answers is not kept: a repeat is told that it was done (409 `idempotency-done`).
* **Pages of other origins**: a browser lets a page of another origin ask if `http.cors_origins` names that
  origin. Cookies are not taken from there: the page needs a key, and whoever reads the page has it: give it few scopes.
* **Times** are ISO 8601 with a zone; answers are in UTC. **Numbers** are taken in any spelling, answered in E.164.
* **Several values**: a filter whose type is a list is given once for each of them, and finds any:
  `disposition=missed&disposition=busy`. Different filters are joined by "and". A comma is a letter like any other, for
  tags and groups may have one. A parameter that is no list is refused if it is given twice.
* **Lists** give `next_cursor`; pass it back as `cursor` for the next page. Page 10,000 costs what page 1 costs, and new
  calls shift nothing.
* Unknown parameters and fields are refused: a typo is not silently ignored. Answers may get new fields at any time.

Try it:

```sh
KEY=$(ringback keys create me --scope all)
curl -H "Authorization: Bearer $KEY" 'http://127.0.0.1:8480{PREFIX}/calls?disposition=missed&limit=5'
curl -H "Authorization: Bearer $KEY" -N http://127.0.0.1:8480{PREFIX}/events
curl -H "Authorization: Bearer $KEY" -d '{{"manager": "101", "number": "067 123 45 67"}}' \\
     -H 'Content-Type: application/json' http://127.0.0.1:8480{PREFIX}/dial
```
"""
_TITLES: Final = {
    "calls": "Calls",
    "notes": "Comments, tags, results",
    "recordings": "Recordings",
    "callbacks": "Callback requests",
    "calendar": "Working hours and days",
    "directory": "Managers and customers",
    "deliveries": "Deliveries to webhooks and CRMs",
    "dead letters": "Call events that could not be written",
    "operation": "How the daemon is",
    "cases": "Unhappy customers",
    "reports": "Figures and reports",
    "surveys": "Surveys by phone",
    "reviews": "Reviews: calls that people hear and score",
    "privacy": "Privacy by number",
    "people": "People who use the console",
    "events": "Live events",
}


def reference(described: Mapping[str, Any]) -> str:
    """Write the document as Markdown; equal input gives equal output."""
    schemas = described["components"]["schemas"]
    enums = {name: schema for name, schema in schemas.items() if "enum" in schema}
    document = _with_values(described, enums)
    by_tag: dict[str, list[str]] = {tag: [] for tag in _TITLES}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]].append(_operation(method, path, operation))
    parts = [_HEAD]
    for tag, operations in by_tag.items():
        parts += [f"## {_TITLES[tag]}\n", *operations]
    shapes = {name: shape for name, shape in document["components"]["schemas"].items() if "properties" in shape}
    parts += ["## Shapes\n", *(_shape(name, shape) for name, shape in sorted(shapes.items()))]
    return "\n".join(parts)


def _with_values(part: Any, enums: Json) -> Any:  # noqa: ANN401 - any JSON
    """Put the values of an enum where it is only named: they are short, and what a reader looks for."""
    if isinstance(part, Mapping):
        named = str(part.get("$ref", "")).rpartition("/")[2]
        if named in enums:
            return {"enum": enums[named]["enum"]}
        return {key: _with_values(value, enums) for key, value in part.items()}
    return [_with_values(value, enums) for value in part] if isinstance(part, list) else part


def _operation(method: str, path: str, operation: Json) -> str:
    lines = [f"### `{method.upper()} {path}`\n", f"{operation['summary']}"]
    lines.append(f"{operation.get('description', 'No key is asked for.')}; `{operation['operationId']}`.\n")
    if operation["parameters"]:
        rows = [
            (f"`{each['name']}`", _type(each["schema"]).removesuffix(" or null"), each["description"])
            for each in operation["parameters"]
        ]
        lines.append(_table("parameter", rows))
    if "requestBody" in operation:
        lines.append(f"Body: {_type(operation['requestBody']['content']['application/json']['schema'])}\n")
    answers = [f"{code}{_answer(answer)}" for code, answer in operation["responses"].items() if int(code) < 400]  # noqa: PLR2004
    refusals = [code for code in operation["responses"] if int(code) >= 400]  # noqa: PLR2004
    lines.append(f"Answers {', '.join(answers)}; refusals {', '.join(refusals)}.\n")
    return "\n".join(lines)


def _answer(answer: Json) -> str:
    content = answer.get("content", {})
    if "application/json" in content:
        return f" with {_type(content['application/json']['schema'])}"
    return f" with {' or '.join(f'`{media}`' for media in content)}" if content else ""


def _shape(name: str, shape: Json) -> str:
    required = set(shape.get("required", ()))
    rows = [
        (
            f"`{field}`" + ("" if field in required or not _is_asked(name) else " (optional)"),
            _type(field_schema),
            _told(field_schema),
        )
        for field, field_schema in shape["properties"].items()
    ]
    return f"### {name}\n\n{shape.get('description', '').strip()}\n\n{_table('field', rows)}"


def _is_asked(name: str) -> bool:
    return name.endswith("Body")


def _told(schema: Json) -> str:
    return str(schema.get("description", ""))


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    return str(schema.get("format") or schema.get("type") or "any")


def _table(head: str, rows: list[tuple[str, str, str]]) -> str:
    lines = [f"| {head} | type | |", "|---|---|---|"]
    lines += [f"| {name} | {kind} | {text.replace('|', chr(92) + '|')} |" for name, kind, text in rows]
    return "\n".join(lines) + "\n"
