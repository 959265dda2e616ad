"""The console: what people look at, served by the daemon under `PREFIX`.

Pages are HTML from the server (Jinja2); everything that can be clicked is a link or a form, so each page works
without a script, and each filter is in its address. htmx makes forms answer in place and morphs what has changed. A
page is made of *parts*, blocks of its template that can be asked for alone (``?part=owed``); `/console/live/stream`
tells which things have changed, and the parts that show such things are fetched again, with the rights of a page.

* `assets`: our static files and others' (put there by `make setup`), under an address with their hash, for ever.
* `templating`: the environment: everything escaped, everything undefined an error.
* `viewer`: who looks, in which language and theme; `surface` answers them: pages, parts, messages, headers.
* `words/`, `views/` (pure): the texts of three languages; what a page shows, worked out from rows.
* `pages/`: the handlers, cut by page. They call the same queries and orders as the API.
* `live`: which things have changed, to open pages.

The policy that browsers are told allows no inline script or style, no eval, and no string as HTML but htmx's own, whose
attributes need the page's nonce. `tests/unit/crm_bridge/web` keeps templates to that.
"""

PREFIX = "/console"
"""Under which the application is mounted."""
