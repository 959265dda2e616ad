"""``ringback check``: everything that must be right before the daemon can do its work, looked at for real.

Each check asks the thing itself (logs in, reads rights, starts the database, writes a file) and gives
`findings.CheckFinding`s: what, how it is, and the cure. Nothing of the PBX or the database is changed; the one thing
that is made on the PBX is a Local channel to nowhere that lives for a millisecond: the only way to know whether we
hear what happens there.

`findings` are the words, `filters` reads event filters (pure), `ledger` compares with real calls; the others ask.
"""
