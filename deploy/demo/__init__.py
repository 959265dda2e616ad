"""``ringback demo``: the whole of it on one machine, with nothing to configure.

A real Asterisk and the world around it (`deploy.lab`), an embedded PostgreSQL, the daemon as it always is, a day's
calls of a small company in minutes (`traffic`), and a live table of them (`demonstration`).

Beside it stands a webhook receiver as any company might write one: `signature` lets deliveries in, `deliveries` reads
them, `inbox` puts them together, `api_reader` asks our API for the rest, `page` shows it, `sink` serves, `receiving`
wires it to the daemon. With ``--odoo`` there is a real Odoo with the company in it, too (`odoo_company`).
"""
