"""Durable delivery: what the ledger's transaction committed reaches each target once, in order, also after a night out.

A message is written by the same transaction that writes the call (`store.enqueue`); a rolled-back call leaves none.
Each message belongs to a *target* (a webhook, a CRM) and has a *key*, the thing it speaks of (a call, a callback
request). Messages of one key go out in the order of their ids: the next is not claimable before the one ahead is done.
Different keys and different targets never wait for each other, so a dead CRM delays only itself.

The dispatcher claims due messages for a lease, talks to the target outside any transaction, and writes down what came
of it. The target's answer is a type (`lifecycle.Answer`): delivered, retry, snooze or discard. A daemon that dies
leaves leases that run out; the message is then sent again, with the same id, which is what targets dedupe by.

How fast a target is told: a webhook has a rate of messages, a CRM a pace of requests (`pace`), both over all daemons.
What was written in the last two minutes goes before a backlog, within the order of its key.

A hint from the daemon that wrote a message makes it leave at once; polling is the truth, and serves other daemons.
"""
