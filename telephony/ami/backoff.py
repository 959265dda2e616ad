"""How long to wait before the next try: doubling, capped, with jitter; a pure function of (failures, chance).

Jitter because several daemons lose the same PBX in the same moment: between half of the delay and all of it, so that
the wait never shrinks to nothing and never passes the cap.
"""

_DOUBLINGS = 32
"""More would overflow nothing, but mean nothing either."""


def delay_seconds(failures: int, chance: float, *, first: float, cap: float) -> float:
    """Return the wait after the ``failures``-th failure in a row (from 1); ``chance`` is uniform in [0, 1)."""
    whole = min(cap, first * 2.0 ** min(max(failures - 1, 0), _DOUBLINGS))
    return whole * (0.5 + chance / 2)
