"""``ringback attach``: from a PBX that works to its calls in the ledger, without a line edited by hand.

The way through the rooms, each step told before the next::

    reading     (pure) configuration files with their includes, what the endpoints, queues and numbers in them are
    survey      which PBX this is, its folders, user, trunks, extensions: by its files and by what the running one says
    places      (pure) in which file each part of ours goes: a folder of drop-ins, a `_custom` file, the file itself
    plan        (pure) the texts of all files as they would be; blocks between two marks are ours, all else is theirs
    showing     (pure) what was found and the plan as a diff, secrets hidden
    journal     what is done, written down before it is done, with a copy of what was there; `undo` reads it backwards
    machine     the only door to the disk and to Asterisk's console
    trial       one phone rings, and the call is shown as it stands in the ledger
    command     the conversation with the administrator

Rules: nothing is written that was not shown; no link is written through; a file that somebody changed after us is never
put back whole, only our block is taken out of it; no command of a configuration file (`#exec`) is ever run.
"""
