"""The OpenAPI 3.1 document, made from the endpoints' own types."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from crm_bridge.api.endpoint import NO_CONTENT, PREFIX, Endpoint
from crm_bridge.api.first_answers import HEADER, LONGEST
from crm_bridge.api.problems import ProblemShape

Json = dict[str, Any]
PARTIAL = 206
_REF = "#/components/schemas/{model}"
_ALWAYS = {
    401: "The key is missing, wrong, expired or revoked.",
    403: "The key lacks the scope.",
    422: "A parameter or the body is invalid; `complaints` names each field.",
    429: "The key's rate is spent, or wrong keys came too fast from this address; see `Retry-After`.",
    503: "The database or the PBX is away; see `Retry-After`.",
}
_OTHER = {
    403: "The link is not ours, was changed, or is over.",
    400: "The body is not JSON, or a value means nothing here.",
    404: "No such thing.",
    409: "It cannot be done in the thing's present state.",
    408: "The body was not whole in time.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    410: "It is gone.",
    416: "The range lies outside the file.",
}


_NAMED = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Any name of the client's: within 24 hours the same request of this name is not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
}


def document(endpoints: Sequence[Endpoint], *, version: str) -> Json:
    """Make the whole document; equal input gives equal output."""
    schemas, definitions = _schemas(endpoints)
    paths: Json = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ringback",
            "version": version,
            "description": "The call log, recordings, callbacks and click-to-call of an Asterisk.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "rbk_..."}},
        },
    }


_SchemaKey = tuple[int, str]


def _schemas(endpoints: Iterable[Endpoint]) -> tuple[dict[_SchemaKey, Json], Json]:
    wanted: dict[_SchemaKey, tuple[_SchemaKey, JsonSchemaMode, TypeAdapter[Any]]] = {}

    def want(thing: Any, mode: JsonSchemaMode) -> None:  # noqa: ANN401  (any type is what it takes)
        key = (id(thing), mode)
        wanted[key] = (key, mode, TypeAdapter(thing))

    want(ProblemShape, "serialization")
    for endpoint in endpoints:
        want(endpoint.params, "validation")
        if endpoint.body is not None:
            want(endpoint.body, "validation")
        if not endpoint.streams and endpoint.success != NO_CONTENT:
            want(endpoint.result, "serialization")
    made, definitions = TypeAdapter.json_schemas(
        wanted.values(), ref_template=_REF, schema_generator=GenerateJsonSchema
    )
    return {key: schema for (key, _), schema in made.items()}, definitions.get("$defs", {})


def _operation(endpoint: Endpoint, schemas: dict[_SchemaKey, Json]) -> Json:
    operation: Json = {
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "parameters": [*_parameters(endpoint), *([_NAMED] if endpoint.is_done_once else ())],
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.tag:
        operation["tags"] = [endpoint.tag]
    if endpoint.scope is not None:
        operation["security"] = [{"key": []}]
        operation["description"] = f"Scope: `{endpoint.scope.value}`"
    if endpoint.body is not None:
        body = schemas[(id(endpoint.body), "validation")]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _parameters(endpoint: Endpoint) -> list[Json]:
    schema = endpoint.params.model_json_schema(ref_template=_REF)
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": "path" if name in endpoint.path_names else "query",
            "required": name in endpoint.path_names or name in required,
            "description": field.get("description", ""),
            "schema": {key: value for key, value in field.items() if key not in {"title", "description"}},
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _responses(endpoint: Endpoint, schemas: dict[_SchemaKey, Json]) -> Json:
    content: Json = {media: {"schema": {"type": "string", "format": "binary"}} for media in endpoint.media}
    if not endpoint.streams and endpoint.success != NO_CONTENT:
        content = {"application/json": {"schema": schemas[(id(endpoint.result), "serialization")]}}
    good: Json = {"description": "As asked.", "content": content}
    if endpoint.success == NO_CONTENT or endpoint.method == "HEAD":
        del good["content"]
    responses: Json = {str(endpoint.success): good}
    responses |= {str(code): {"description": meaning} for code, meaning in endpoint.others.items()}
    if PARTIAL in endpoint.others and endpoint.method != "HEAD":
        responses[str(PARTIAL)]["content"] = content
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}}
    refusals = dict(_ALWAYS) if endpoint.scope is not None else {422: _ALWAYS[422], 503: _ALWAYS[503]}
    others = {*endpoint.refusals, 409} if endpoint.is_done_once else endpoint.refusals
    refusals |= {code: _OTHER[code] for code in others if code not in refusals}
    if endpoint.body is not None:
        refusals |= {code: _OTHER[code] for code in (400, 408, 413, 415)}
    responses |= {str(code): {"description": text, "content": problem} for code, text in sorted(refusals.items())}
    return responses
