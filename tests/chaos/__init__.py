"""`make chaos`: a company at work on a real Asterisk, faults at random from a seed, and an audit afterwards.

The daemon runs as a process of its own that is started again whenever it ends, as systemd does it. Around it stand a
real Asterisk, a real PostgreSQL (its own process, or the daemon's embedded one), a webhook receiver and a CRM, each
behind a proxy. Callers come all the time. `faults` is the table of what goes wrong; several may at once.

Afterwards all is let heal, and two witnesses are asked: `ringback audit`, and the telephones of the world, which know
who was rung how often. The table tells for each kind of fault how often it came, how often the daemon died of it, what
was lost or done twice meanwhile, and how long it took to be healthy again.
"""
