"""Everything about one number: holding it against deletion, and forgetting it.

A customer's number stands in many rows. To *erase* it is to delete the sound, and to put a pseudonym
(``erased-<number of the erasure>``) where the number stood: how many calls there were, how long they waited and how
often the same person called stay countable, who it was does not. A *legal hold* forbids that, and keeps recordings
from being deleted by age, also those of calls that are still to come. Both are written down with who asked and why.
"""
