"""Every setting of what people use: the console, and the ways by which they are told things."""

from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

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


class OidcSettings(Section):
    """Signing in by the company's own provider (OpenID Connect); off unless it has an address."""

    issuer: Url | Literal[""] = Field(
        "", description="The provider, as it calls itself: `https://login.company.com/realms/staff`; empty: off."
    )
    client_id: str = Field("", max_length=200, description="How the provider knows us.")
    client_secret: SecretStr | None = Field(None, description="By which we prove it; none for a public client.")
    client_secret_file: Path | None = Field(None, description="A file that holds it, instead of `client_secret`.")
    scopes: tuple[str, ...] = Field(("email", "profile"), description="Asked for beside `openid`.")
    user_claim: str = Field(
        "email",
        max_length=100,
        description="The claim that is somebody's user name here, until they first came in; one that they cannot "
        "change by themselves. `email` must be verified.",
    )
    role_claim: str = Field(
        "", max_length=100, description="The claim that gives the role at each sign-in; empty: roles are given here."
    )
    roles: dict[str, Literal["manager", "head", "admin"]] = Field(
        {}, description='Its values, and the roles that they give: `{ "sales-heads" = "head" }`; the strongest counts.'
    )
    manager_claim: str = Field("", max_length=100, description="The claim that is a manager's id in the directory.")
    provision: bool = Field(
        default=False, description="Add who is unknown, if the claims give a role; else an administrator adds people."
    )
    label: str = Field("", max_length=60, description="What the button names; empty: the provider's host.")
    skew_seconds: int = Field(60, ge=0, le=600, description="By how much the provider's clock may differ from ours.")
    private: bool = Field(default=False, description="Allow a provider inside your own network.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.issuer and not self.client_id:
            raise ValueError("`oidc.client_id` is missing: the provider tells it when you register Ringback there")
        if self.role_claim and not self.roles:
            raise ValueError("`oidc.roles` is missing: which value of `oidc.role_claim` gives which role")
        if self.provision and not self.role_claim:
            raise ValueError("`oidc.provision` needs `oidc.role_claim`: what somebody unknown may be")
        return self


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


class MoneySettings(Section):
    """What lost calls cost: learned from results with amounts; what is believed until there are enough of them."""

    currency: str = Field("UAH", pattern="^[A-Z]{3}$", description="Of all amounts; there is one.")
    sold_codes: tuple[str, ...] = Field(
        ("sale", "sold"), description="Results of calls that mean a sale, with an amount or not."
    )
    conversion: Decimal = Field(
        Decimal(0), ge=0, le=1, description="What share of new customers buys, as you believe; 0: you do not know."
    )
    conversion_low: Decimal = Field(Decimal(0), ge=0, le=1, description="As you believe, at the least.")
    conversion_high: Decimal = Field(Decimal(1), ge=0, le=1, description="As you believe, at the most.")
    average_order: Decimal = Field(
        Decimal(0), ge=0, le=10**9, description="What an order brings, as you believe; 0: you do not know."
    )
    average_order_low: Decimal = Field(Decimal(0), ge=0, le=10**9, description="As you believe, at the least.")
    average_order_high: Decimal = Field(Decimal(10**9), ge=0, le=10**9, description="As you believe, at the most.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in ("conversion", "average_order"):
            low, value, high = (getattr(self, f"{name}{end}") for end in ("_low", "", "_high"))
            if value and not low <= value <= high:
                raise ValueError(f"{name} lies between {name}_low and {name}_high")
        return self


class NotificationSettings(Section):
    """How people are told what concerns them: by Apprise, at the addresses that each wrote down."""

    local: bool = Field(
        default=False, description="Allow hosts inside your own network: your mail server, ntfy, Gotify."
    )
    services: tuple[Annotated[str, Field(pattern="^[a-z0-9]{2,20}$")], ...] = Field(
        (),
        description="Other services of Apprise that are allowed, by their schemes: `zulip`; hosts are checked.",
    )


class ReviewSettings(Section):
    """Reviews: which calls people are to listen to and score."""

    first_calls: bool = Field(default=True, description="Each customer's first answered call is to be heard.")
    a_week: int = Field(
        5, ge=0, le=50, description="So many calls of each manager are drawn each week; only these make averages."
    )
    keep_days: float = Field(30.0, ge=1, le=3650, description="What nobody heard for so many days is skipped.")

    @property
    def kept(self) -> timedelta:
        """Return `keep_days` as a length of time."""
        return timedelta(days=self.keep_days)


class TranscriptionSettings(Section):
    """Transcripts of recordings, by a program of your choice; none is made while `command` is empty."""

    command: tuple[str, ...] = Field(
        (),
        description="The program and its words; `{file}` is one side's 16 kHz mono WAV, `{language}` the language. "
        'It writes JSON lines: `{"start": 1.2, "end": 3.4, "text": "..."}`.',
    )
    language: str = Field(
        "ru", pattern="^[a-z]{2,3}(-[A-Za-z]{2,4})?$", description="What it is told for `{language}`."
    )
    seconds: float = Field(600.0, gt=0, le=7200, description="The longest that it may take for one side.")
    days: float = Field(7.0, gt=0, le=36500, description="Recordings older than so many days are not transcribed.")
