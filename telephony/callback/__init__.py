"""A missed call becomes a ringing phone: whom to ring, when, and what to do with what came of it.

Theory of operation. All that is known about a customer's callback is one row, the **request**; everything that
happens to it is a *verb* of the table in `policy.lifecycle`, and each verb is one database transaction that locks the
request, checks the table, writes the row and a line of history. So there is nothing to lose: whoever does the work
may be killed at any moment, and whoever looks at the row next goes on from there.

Verbs come from five sides. The **ledger hook** (`ledger_hook`) runs in the transaction that writes the call: a
missed call
opens a request or adds to its count, an answered call cancels it, the end of our own callback call tells the
outcome. The **engine** (`engine`, `scheduler`) claims requests that are due, asks the pure `policy` what to do, and
rings. The **manager service** (`manager_service`) hears what managers press. **Operations** (`operations`) are people's
orders. **Reconciliation** (`reconcile`) looks on the PBX for attempts of which nothing was heard. `repository` is where
rows are read and written; `promises` is the second entrance: times that were booked with callers out of hours. What a
closed request has come to is written once (`facts`); who is away, and how phones stand, is `presence`.

Three rules keep phones from ringing twice. An attempt is written, with the channel id that its phone will have,
*before* the Originate goes out, and an Originate is never repeated: if its answer is lost, the channel is looked for
by that id. A manager has one attempt in flight at most, a customer one open request at most, a request one accepted
attempt at most: unique indexes, so that any number of daemons may share the database. Taking a phone down is a mark
on the attempt (``withdrawn``), which any daemon carries out; the mark commits with its reason.

Pure: everything in `policy`, and `originate`. I/O: the rest.
"""
