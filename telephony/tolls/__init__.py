"""What may be dialled outside, and how much of it: the one check against toll fraud.

Theory. Whoever makes Ringback dial chooses the number: a stranger by ringing once from it, a hidden caller by keying it
in, a stolen API key, a CRM's click. So every number that goes out through a trunk is judged in one place, whoever asked
for it. `rules` is pure: is it a number of a country that we call, and none of a kind that bills the caller? `gate` adds
what only the database knows: how many were dialled in the last 24 hours, in all and to one range of numbers. It counts
a dial in the transaction that allows it, so that no burst slips past, and tells once a day when a limit bites.
"""
