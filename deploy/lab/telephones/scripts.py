"""What telephones do: ready-made behaviours. A script is any coroutine function that takes a `Leg`."""

from collections.abc import Awaitable, Callable

from deploy.lab.telephones.leg import Leg, Refusal

Script = Callable[[Leg], Awaitable[None]]
"""Drives one leg from its first ring to its end. Leaving it hangs up."""


def answers(after: float = 0.5, talk: float | None = None, keys: str = "", keys_after: float = 1.0) -> Script:
    """Ring ``after`` seconds, answer, perhaps press ``keys``, talk (None: until the other hangs up)."""

    async def script(leg: Leg) -> None:
        await leg.ring(after)
        await leg.answer()
        if keys:
            await leg.listen(keys_after)
            await leg.press(keys)
        await leg.talk(talk)
        await leg.hangup()

    return script


def talks(seconds: float | None = None) -> Script:
    """For a call that one makes: talk once the other has answered, then hang up (None: the other does)."""

    async def script(leg: Leg) -> None:
        await leg.talk(seconds)
        await leg.hangup()

    return script


def listens(seconds: float | None = None) -> Script:
    """Stay silent once connected, then hang up (None: the other does)."""

    async def script(leg: Leg) -> None:
        await leg.listen(seconds)
        await leg.hangup()

    return script


def never_answers() -> Script:
    """Ring until the caller or the PBX gives up."""

    async def script(leg: Leg) -> None:
        await leg.ring(0)
        await leg.listen()

    return script


def silent() -> Script:
    """Not even ring: the network searches (a mobile out of reach), until the caller gives up."""

    async def script(leg: Leg) -> None:
        await leg.listen()

    return script


def refuses(how: Refusal, after: float = 0.0) -> Script:
    """Ring ``after`` seconds (0: not at all), then refuse."""

    async def script(leg: Leg) -> None:
        if after:
            await leg.ring(after)
        await leg.refuse(how)

    return script


def busy() -> Script:
    """Be in another call (486)."""
    return refuses(Refusal.BUSY)


def rejects(after: float = 0.7) -> Script:
    """Ring, and be pushed away by a person (603)."""
    return refuses(Refusal.DECLINED, after)


def unavailable() -> Script:
    """Be out of order (503)."""
    return refuses(Refusal.UNAVAILABLE)


def does_not_exist() -> Script:
    """Be nobody's number (404)."""
    return refuses(Refusal.NOT_FOUND)


def redirects(to: str) -> Script:
    """Forward at the phone itself (302)."""

    async def script(leg: Leg) -> None:
        await leg.redirect(to)

    return script


def machine(greeting: float = 3.0, after: float = 0.5, listen: float = 20.0) -> Script:
    """Be an answering machine: answer, talk on without a pause, then listen; it presses no key."""

    async def script(leg: Leg) -> None:
        await leg.ring(after)
        await leg.answer()
        await leg.talk(greeting)
        await leg.listen(listen)
        await leg.hangup()

    return script


def in_turn(*scripts: Script) -> Script:
    """Use another script for each call that comes in; the last one stays."""
    left = list(scripts)

    async def script(leg: Leg) -> None:
        chosen = left.pop(0) if len(left) > 1 else left[0]
        await chosen(leg)

    return script
