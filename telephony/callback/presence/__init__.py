"""Who of ours can be rung, and who is away.

`absences`: a manager who is away (today, from to, until further notice) is rung by nobody: the deputy is, at once.
Whose customers they are stays. `board` (pure) tells how each phone stands, from the calls that are up, the PBX's device
states, absences and hours; `watch` keeps that current and tells each change.
"""
