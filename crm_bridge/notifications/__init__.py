"""People are told where they are: a missed customer, a late callback, an overdue promise, an alarm, the day in figures.

What is told is decided in the transaction that makes it happen (`tell`, from the hooks) or by a watcher that looks
every half minute (`watch`), and is a message of the outbox: durable, retried, a dead letter when refused. A row of
`notifications_told` keeps each thing to one telling. The message holds no address: it is looked up when it goes out
(`target`), as are the person's quiet hours, so what is changed meanwhile counts.

Apprise speaks to the services, in threads with a deadline (`sender`). Which services, and to which hosts, is bounded:
an address is somebody's text, and must not become a way into our own network.
"""
