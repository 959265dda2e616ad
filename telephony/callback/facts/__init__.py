"""What is known of a closed request for good: its figures, its target, its fate.

`FactStore.freeze` writes one row in the transaction that closes the request, with the calendar as it stands then; a
holiday that is told later rewrites no past. The database refuses to change a row. `metrics` counts the same rows.
"""
