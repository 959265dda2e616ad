"""The first hundred days: customers since their first answered call, and what is to be done for them when.

Day 1 is the day of the first answered call (the table `first_talks`, which the keeper of the days' sums writes). What
is to be done (`nudging`, pure) is a suggestion with "done" and "not for this one"; nobody is dialled for it.
"""
