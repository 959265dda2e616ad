"""Calls out of channels: what a PBX's events mean, and the ledger that keeps it.

Asterisk knows channels, bridges and dials; people know calls. One conversation is one call here, whatever Asterisk made
of it: a ring group is many channels, a follow-me a chain of Local halves, an attended transfer two conversations that
became one. The tracker is pure: events in, call events out, no clock, no log, no await, so that live AMI, a capture and
a CEL file all go through the same code and mean the same.

In `tracking`, pure:

* `channels`: what a channel's name says; the records that the tracker keeps of channels, legs and bridges.
* `lifecycle`: the tables of what may follow what, for legs and for calls, and the tiny engine that reads them.
* `trunks`: which channels lead outside; told by rules, or guessed where a capture comes without them.
* `connections`: who can hear whom now: bridges, joined through Local halves.
* `joining`: which channels are one call, what remains of two that became one, and lines that outlive their customers.
* `learning`: who a leg is, from what the events say of its channel.
* `parties`: direction, caller, dialled number, numbers of legs, who answered.
* `outcome`: how a call ended and why it was missed.
* `transfers`: who handed over to whom.
* `state` changes the records, `index` finds them, `handlers` has a function for each kind of event.
* `tracker`: the door, and the mending after the link was down.

The rest of the package does I/O: `store` writes rows, `pump` brings events there, `safekeeping` and `spool` keep on
disk what the database does not take, `revival` has dead letters tried again.
"""
