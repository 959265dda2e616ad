"""The time that a caller is told, and whether we kept it.

Theory of operation. A *promise* is a row beside a callback request: one slot of one manager (or of one group), told to
one caller. `booking` is what the conversation with a caller asks: it opens the request, takes the first free slot and
moves the request to that time, all in one transaction; a unique index over (whose slot, when) lets two callers at once
never have the same. Who calls again before the time is told the same promise; who wants another time gets a later slot,
and the first is free again.

The engine rings at the promised time, before all other callbacks. `settle` hears every change of a request in its
transaction and writes what became of its promise: *kept* if a manager accepted within one slot of the time, *late* if
after it, *released* if the customer got through before, *broken* if the request was closed without any of that. That is
written once, and may come late; `overdue` sees meanwhile whose time has passed with nobody there.

`days` is what the API may do to the calendar, and tells how many promises stand on a day that is closed afterwards.
"""
