"""What the PBX wrote down, the ledger, and everything that follows from a call, compared over a span of time.

Each promise of this house can be checked afterwards by somebody who was not there: CEL says which calls there were, the
ledger which of them we know, the rows and files behind it what became of them. A **finding** names what is missing,
there twice or different, with its ids and a plain reason. What nobody can know any more (CEL begins later, its file
cannot be read, a PBX died before it wrote) is a finding of its own kind, ``unknown``, and no accusation.

`model` has the words, `calls`, `recordings`, `callbacks`, `dials` and `promises` compare (pure),
`history` reads CEL, `reading` reads rows and looks for files, `inspection` does all of it, `nightly` does it each night
in the daemon, `report` says it. Messages to CRMs and webhooks are compared by crm_bridge, which plugs itself in.
"""
