"""What is decided about a callback request: pure, with time and chance as arguments.

`decide` is the first look at a due request, `outcomes` what became of an attempt, `lifecycle` the table of states and
`transitions` the moves through it; `guards` says who is never called, `ladder` and `roster` who is rung next.
"""
