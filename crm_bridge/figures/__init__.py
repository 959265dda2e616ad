"""Figures: what reports show, each with the rows that it counts.

`registry` (pure) names each figure once: the parameters of the list that has exactly its rows are what it is counted
by, too, so a figure and the list that it leads to cannot come apart. `reports` (pure) lays figures out as tables.

Counts come from sums of whole days (`rollups`). A day that is not over, that was never summed or that changed since is
read from the ledger itself, so a figure is always right and only its speed depends on the keeper. Whoever changes a
call of a day that has sums marks the day in the same transaction; the keeper rewrites marked days whole, and counts
days again now and then, so that a mark that is missing is found.
"""
