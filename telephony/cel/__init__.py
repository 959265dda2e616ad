"""CEL: what Asterisk wrote of its channels while nobody listened, as the same typed events that AMI gives.

`rows` cuts CSV into rows; `decoder` makes channel events of them. CEL tells less than AMI: not when a phone rang, not
what was dialled, and how a dial ended only with the dialler's end. What it tells gives the same calls.

`tail` finds what was written since a place, over rotations; `backfill` gives the ledger the calls of an outage.
"""
