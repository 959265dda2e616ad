"""``ringback users``: who may use the console. A link is printed once and never mailed by us."""

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from crm_bridge.notifications.sender import Sender, masked
from crm_bridge.notifications.store import NoticeStore
from crm_bridge.people.access import UserRole
from crm_bridge.people.sessions import Session, Sessions
from crm_bridge.people.store import INVITATION, Purpose, User, UserStore
from crm_bridge.web import PREFIX
from telephony.ports import Clock
from telephony.postgres.pool import Pool

Opened = Callable[[], AbstractAsyncContextManager[Pool]]
"""Gives the database for a moment."""


def add_users_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``list|add|invite|disable|enable|role|sessions|notify|end``."""
    orders = parser.add_subparsers(dest="order", metavar="ORDER", required=True)
    orders.add_parser("list", help="everybody, with their role and when they were last here")
    adding = orders.add_parser("add", help="add somebody; prints the link by which they choose their password")
    adding.add_argument("user", help="their user name: small letters, digits and . _ - @")
    adding.add_argument("--name", default="", help="how they are shown (default: the user name)")
    adding.add_argument("--language", choices=("en", "ru", "uk"), default="en", help="of their pages (en)")
    _role_arguments(adding)
    inviting = orders.add_parser("invite", help="a new link, for who has lost the password or the link before")
    inviting.add_argument("user")
    inviting.add_argument("--sign-in", action="store_true", help="it lets them in at once, without a password, once")
    for order, what in (
        ("disable", "let somebody in no longer, and end their sessions now"),
        ("enable", "let them in again"),
    ):
        orders.add_parser(order, help=what).add_argument("user")
    changing = orders.add_parser("role", help="make somebody something else; their sessions end")
    changing.add_argument("user")
    _role_arguments(changing)
    orders.add_parser("sessions", help="where somebody is signed in").add_argument("user", nargs="?")
    telling = orders.add_parser("notify", help="where somebody is told what concerns them (a list, masked)")
    telling.add_argument("user")
    telling.add_argument("--file", type=Path, help="a file with an address of Apprise; it is read at each sending")
    telling.add_argument("--test", action="store_true", help="have the daemon send a test to each address")
    telling.add_argument("--drop", type=int, metavar="N", help="take an address out, by its number")
    ending = orders.add_parser("end", help="end sessions")
    ending.add_argument("user")
    ending.add_argument("session", nargs="?", type=int, help="one, as `sessions` shows it (default: all of theirs)")


def _role_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role", choices=[role.value for role in UserRole], required=True, help="what they may do and see"
    )
    parser.add_argument("--manager", metavar="ID", help="who they are in the directory (`ringback directory list`)")
    parser.add_argument("--listen", action="store_true", help="an admin may hear recordings, too")


async def users(asked: argparse.Namespace, opened: Opened, clock: Clock, region: str, url: str) -> None:
    """Carry out an order about users; ``url`` is how browsers reach our HTTP port.

    Raises:
        NoSuchThing: there is no such user or session.
        UserRefused: that cannot be one.
    """
    async with opened() as pool:
        people, sessions = UserStore(pool, clock), Sessions(pool, clock, region)
        match asked.order:
            case "add":
                await people.add(
                    asked.user,
                    asked.name or asked.user,
                    UserRole(asked.role),
                    manager_id=asked.manager,
                    may_listen=_may_listen(asked),
                    language=asked.language,
                )
                _link(url, await people.invite(asked.user), "to choose a password")
            case "invite":
                purpose = Purpose.SIGN_IN if asked.sign_in else Purpose.PASSWORD
                _link(
                    url,
                    await people.invite(asked.user, purpose),
                    "to sign in" if asked.sign_in else "to choose a password",
                )
            case "disable":
                await people.disable(asked.user)
            case "enable":
                await people.enable(asked.user)
            case "role":
                await people.set_role(
                    asked.user, UserRole(asked.role), manager_id=asked.manager, may_listen=_may_listen(asked)
                )
            case "sessions":
                sys.stdout.writelines(f"{_session(each)}\n" for each in await sessions.of(asked.user))
            case "notify":
                await _notify(asked, NoticeStore(pool, clock))
            case "end" if asked.session is not None:
                await sessions.end(asked.session, asked.user)
            case "end":
                await people.one(asked.user)
                await sessions.end_all(asked.user)
            case _:
                sys.stdout.writelines(f"{_line(user)}\n" for user in await people.all())


async def _notify(asked: argparse.Namespace, store: NoticeStore) -> None:
    await store.wishes(asked.user)
    if asked.file is not None:
        file = asked.file.resolve()
        await Sender(local=True).check(file.read_text(encoding="utf-8").strip())
        await store.add(asked.user, f"@{file}")
    if asked.drop is not None:
        await store.drop(asked.user, asked.drop)
    if asked.test:
        await store.test(asked.user)
    addresses = await store.addresses(asked.user)
    sys.stdout.writelines(f"{number:6}  {masked(address)}\n" for number, address in addresses)


def _may_listen(asked: argparse.Namespace) -> bool:
    return UserRole(asked.role) is not UserRole.ADMIN or asked.listen


def _link(url: str, token: str, what_for: str) -> None:
    sys.stdout.write(f"{url}{PREFIX}/invitation/{token}\n")
    sys.stderr.write(
        f"Opens once, {what_for}, within {INVITATION.days} days. Who has it is let in: give it to nobody else.\n"
    )


def _line(user: User) -> str:
    seen = f"last seen {user.seen_at:%Y-%m-%d %H:%M} UTC" if user.seen_at else "never signed in"
    state = "disabled" if user.disabled_at else seen if user.has_password else f"{seen}, no password"
    who = f" ({user.manager_id})" if user.manager_id else ""
    return f"{user.user_id:16}  {user.role.value:8}  {state:36}  {_printable(user.name)}{_printable(who)}"


def _session(session: Session) -> str:
    return (
        f"{session.session_id:6}  {session.user_id:16}  since {session.made_at:%Y-%m-%d %H:%M} UTC  "
        f"seen {session.seen_at:%Y-%m-%d %H:%M}  {session.address:15}  {session.agent}"
    )


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
