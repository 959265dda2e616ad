"""Commands that look at or change what a daemon keeps, whether it runs now or not.

`ledger` finds the database: the server that the DSN names, the embedded one of a running daemon, or the embedded one
started for the moment. `people` are ``callbacks`` and ``directory``, `speech` are ``prompts`` and ``dialplan``.
`arguments` declares what may be written on each command's line, `line` reads it; the table of all commands is in
`service.py`.
"""
