"""``ringback keys``: who may ask the API what."""

import argparse
import secrets
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.values.keys import ApiKey, Scope
from telephony.ports import Clock
from telephony.postgres.pool import Pool

Opened = Callable[[], AbstractAsyncContextManager[Pool]]
"""Gives the database for a moment."""


ALL = "all"
WHAT_FOR = {
    Scope.CALLS_READ: "the call log, its export, live events",
    Scope.CALLS_WRITE: "comments, tags, results; the recording of a live call",
    Scope.RECORDINGS_READ: "listen to recordings, make links to them",
    Scope.CALLBACKS_READ: "see callback requests",
    Scope.CALLBACKS_WRITE: "make, snooze, cancel, reassign, finish them",
    Scope.DIRECTORY_READ: "managers, customers, do-not-call",
    Scope.DIRECTORY_WRITE: "change customers and do-not-call",
    Scope.DIAL: "click-to-call",
    Scope.REVIEWS: "see what calls were scored, ask for a review, dispute a score",
    Scope.REVIEWS_SCORE: "hear and score calls, settle disputes, change the score card",
    Scope.DELIVERIES: "the outbox: look, replay, pause",
    Scope.CALENDAR_READ: "working hours and closed days",
    Scope.CALENDAR_WRITE: "close and open days",
    Scope.ADMIN: "the daemon itself: dead letters",
    Scope.ACCOUNT: "ask who one is (`/me`)",
    Scope.USERS: "add users, change roles, end sessions: who has it can become anybody",
    Scope.PRIVACY: "export, erase and hold by number; who listened",
}


def add_keys_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``list|create|revoke``."""
    orders = parser.add_subparsers(dest="order", metavar="ORDER", required=True)
    orders.add_parser("list", help="all keys, oldest first; never their secrets")
    creating = orders.add_parser("create", help="make a key; it is shown this once")
    creating.add_argument("name", help="whose it is, for the list")
    creating.formatter_class = argparse.RawDescriptionHelpFormatter
    creating.epilog = "scopes:\n" + "\n".join(f"  {scope.value:<16} {what}" for scope, what in WHAT_FOR.items())
    scopes = [*(scope.value for scope in Scope), ALL]
    creating.add_argument(
        "--scope",
        action="append",
        choices=scopes,
        required=True,
        metavar="SCOPE",
        help="what it may do, see below; may be repeated; `all` for everything",
    )
    creating.add_argument("--days", type=float, metavar="N", help="it ends after so many days (default: never)")
    creating.add_argument("--per-minute", type=int, default=600, metavar="N", help="how often it may ask (600)")
    orders.add_parser("revoke", help="end a key at once").add_argument("key", help="its id, as `list` shows it")


async def keys(asked: argparse.Namespace, opened: Opened, clock: Clock) -> None:
    """Carry out an order about keys.

    Raises:
        NoSuchThing: there is no such key.
    """
    async with opened() as pool:
        store = KeyStore(pool, clock)
        match asked.order:
            case "create":
                sys.stdout.write(f"{await _create(asked, store, clock())}\n")
            case "revoke":
                await store.revoke(asked.key)
            case _:
                sys.stdout.writelines(f"{_line(key)}\n" for key in await store.all())


async def _create(asked: argparse.Namespace, store: KeyStore, now: datetime) -> str:
    expires_at = now + timedelta(days=asked.days) if asked.days else None
    scopes = set(Scope) if ALL in asked.scope else {Scope(text) for text in asked.scope}
    return await store.create(
        asked.name, scopes, expires_at=expires_at, per_minute=asked.per_minute, random_text=secrets.token_urlsafe
    )


def _line(key: ApiKey) -> str:
    until = f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "without end"
    state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else until
    name = "".join(letter if letter.isprintable() else "?" for letter in key.name)
    return f"{key.key_id}  {state:26}  {name:24}  {', '.join(sorted(key.scopes))}"
