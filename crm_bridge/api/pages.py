"""The API's description: as OpenAPI 3.1, and as a page for people."""

import asyncio
from collections.abc import Sequence
from functools import cache, partial
from html import escape
from typing import Any

from aiohttp import web
from pydantic import RootModel

from crm_bridge.api.document.openapi import document
from crm_bridge.api.endpoint import PREFIX, Asked, Endpoint

Description = RootModel[dict[str, Any]]


def endpoints(described: Sequence[Endpoint], version: str) -> list[Endpoint]:
    """Make the two operations that describe the others; the document is made when somebody first asks for it."""
    text = cache(partial(document, described, version=version))  # half a second of a core: not while calls wait

    async def as_json(_: Asked[Any]) -> web.StreamResponse:
        return web.json_response(await asyncio.to_thread(text))

    async def as_html(_: Asked[Any]) -> web.StreamResponse:
        return web.Response(
            text=_page(await asyncio.to_thread(text)),
            content_type="text/html",
            headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
        )

    common: dict[str, Any] = {"method": "GET", "result": web.StreamResponse, "scope": None, "tag": "description"}
    return [
        Endpoint(
            path="/openapi.json",
            operation="getDescription",
            summary="This API as OpenAPI 3.1.",
            handler=as_json,
            **common,
        ),
        Endpoint(
            path="/docs",
            operation="getDocs",
            summary="This API as a page.",
            handler=as_html,
            media=("text/html",),
            **common,
        ),
    ]


def _page(text: dict[str, Any]) -> str:
    operations = "\n".join(
        _operation(method, path, operation)
        for path, methods in text["paths"].items()
        for method, operation in methods.items()
    )
    return _PAGE.replace("{{version}}", escape(text["info"]["version"])).replace("{{operations}}", operations)


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(_type(each['schema']))}</td>"
        f"<td>{escape(each['description'])}</td></tr>"
        for each in operation["parameters"]
    )
    table = f"<table><tr><th>parameter</th><th>type</th><th></th></tr>{rows}</table>" if rows else ""
    scope = f"<p class=scope>{escape(operation['description'])}</p>" if "description" in operation else ""
    return (
        f"<section id={escape(operation['operationId'])}><h2><b>{method.upper()}</b> {PREFIX}{escape(path)}</h2>"
        f"<p>{escape(operation['summary'])}</p>{scope}{table}</section>"
    )


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return str(schema.get("format") or schema.get("type") or "any")


_PAGE = """<!doctype html><html lang=en><meta charset=utf-8><title>Ringback API</title>
<meta name=viewport content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h2{font:600 1.05rem ui-monospace,monospace;margin:0}h2 b{color:#06c}section{border-top:1px solid #ddd;padding:1rem 0}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}
th{font-weight:normal;color:#777}.scope{color:#777}p{margin:.3rem 0}</style>
<h1>Ringback API {{version}}</h1>
<p>Send <code>Authorization: Bearer rbk_...</code>; make a key with <code>ringback keys create</code>. Refusals are
<code>application/problem+json</code> with a stable <code>error_id</code>. The whole description, with every field of
every answer: <a href=openapi.json>openapi.json</a>.</p>
{{operations}}
</html>"""
