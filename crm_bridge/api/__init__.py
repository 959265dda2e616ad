"""The HTTP API: thin handlers over read models and telephony's ports.

An `endpoint.Endpoint` says everything about one operation: method, path, scope, the pydantic types of what comes in
and goes out, and the function that does it. The server (`server`) turns a list of endpoints into an aiohttp
application; the OpenAPI 3.1 document (`document`) is made from the same list, so the two cannot disagree. `resources`
has a module for each kind of thing, `values` what is read and written besides bodies (pure), `listing` every list's
pages.

On the way in a request meets, in this order: its key (401), the key's scope (403), the key's rate (429), its parameters
and body (400, 413, 415, 422), then the handler. Every refusal is problem+json with a stable ``error_id`` (`problems`),
which is the only file that knows HTTP codes of our errors.
"""
