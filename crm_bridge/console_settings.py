"""Every setting of what people use: the console, and the ways by which they are told things."""

from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from crm_bridge.errors import TargetRefused
from crm_bridge.webhooks import guard
from telephony.settings import Section


def checked_url(text: str) -> str:
    """Refuse what is no plain http(s) address."""
    try:
        guard.check_url(text)
    except TargetRefused as error:
        raise ValueError(str(error)) from None
    return text


Url = Annotated[str, AfterValidator(checked_url)]


def _address(text: str) -> str:
    ip_address(text)
    return text


class ConsoleSettings(Section):
    """The console: pages for people, at `/console` on our HTTP port."""

    url: Url | Literal[""] = Field(
        "", description="How browsers reach our HTTP port, for links: `https://calls.company.com`; empty: directly."
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_address)], ...] = Field(
        (),
        description="Addresses of reverse proxies whose X-Forwarded-For is believed, to count tries to sign in.",
    )


class CaseSettings(Section):
    """Unhappy customers: who is one by rule, and how soon somebody must do something."""

    by_rule: bool = Field(
        default=True, description="Open cases by the rules below; without it people, reviews and surveys do."
    )
    first_action_minutes: int = Field(
        60,
        ge=1,
        le=10_000,
        description="Working minutes until somebody must have done something; then the heads are told.",
    )
    misses: int = Field(
        3, ge=2, le=100, description="So many missed calls before anybody talked with them make a customer unhappy."
    )
    lost_days: int = Field(
        30,
        ge=1,
        le=365,
        description="A customer whom nobody called back and who calls again within so many days is, too.",
    )


class NotificationSettings(Section):
    """How people are told what concerns them: by Apprise, at the addresses that each wrote down."""

    local: bool = Field(
        default=False, description="Allow hosts inside your own network: your mail server, ntfy, Gotify."
    )
    services: tuple[Annotated[str, Field(pattern="^[a-z0-9]{2,20}$")], ...] = Field(
        (),
        description="Other services of Apprise that are allowed, by their schemes: `zulip`; hosts are checked.",
    )
