"""``ringback demo``: the whole of it on one machine, with nothing to configure.

A real Asterisk and the world around it (`deploy.lab`), an embedded PostgreSQL, the daemon as it always is, a day's
calls of a small company in minutes (`traffic`), and a live table of them (`demonstration`).
"""
