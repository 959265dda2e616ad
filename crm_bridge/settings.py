"""Every setting of the other systems' side: webhooks, CRMs, the API."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError, model_validator

from crm_bridge.console_settings import (
    CaseSettings,
    ConsoleSettings,
    MoneySettings,
    NotificationSettings,
    OidcSettings,
    ReviewSettings,
    TranscriptionSettings,
    Url,
    checked_url,
)
from crm_bridge.crm.plugin.definition import CrmPlugin, PluginBroken, load
from crm_bridge.crm.policy.rules import RuleHours
from crm_bridge.webhooks import signing
from telephony.model import Disposition, MissedReason
from telephony.settings import Seconds, Section

UserNumber = Annotated[str, Field(pattern="^[0-9]{1,19}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


_OURS: Final = frozenset({"odoo", "bitrix24", "amocrm", "hubspot"})
"""The CRMs that Ringback itself brings."""


def _secret_url(secret: SecretStr) -> SecretStr:
    checked_url(secret.get_secret_value())
    return secret


def _webhook_secret(secret: SecretStr) -> SecretStr:
    signing.key_of(secret.get_secret_value())
    return secret


SecretUrl = Annotated[SecretStr, AfterValidator(_secret_url)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]


class WebhookSettings(Section):
    """One webhook target, told in the format of Standard Webhooks."""

    name: Name = Field(description="Names it in logs and in the delivery log.")
    url: Url = Field(description="Where messages are posted: `https://host/path`.")
    secret: WebhookSecret = Field(description="Signs them: `whsec_` and base64 (`openssl rand -base64 32`).")
    secret_file: Path | None = Field(None, description="A file that holds the secret, instead of `secret`.")
    old_secret: WebhookSecret | None = Field(
        None, description="While rotating: the secret before, signed with as well."
    )
    events: tuple[str, ...] = Field(("*",), description="Globs over event kinds: `call.missed`, `callback.*`.")
    per_second: float | None = Field(None, gt=0, description="The most messages a second, over all daemons.")
    private: bool = Field(default=False, description="Allow an address inside your own network.")
    seconds: Seconds = Field(15.0, gt=0, le=25, description="The longest wait for its answer.")


class LeadRuleSettings(Section):
    """Whose a new caller is; the first rule that fits decides."""

    name: Name = Field(description="Names the rule; turns are counted by it.")
    dids: tuple[str, ...] = Field(("*",), description="Globs over our own numbers, in any spelling.")
    dispositions: tuple[Disposition, ...] = Field(
        (Disposition.ANSWERED, Disposition.MISSED), description="Calls that ended so: answered, missed."
    )
    owners: tuple[str, ...] = Field((), description="User ids of the CRM, in turn; empty leaves it to the CRM.")
    pipeline: str = Field("", description="The CRM's id of the team or pipeline; empty for its default.")
    numbers: tuple[str, ...] = Field(("*",), description="Globs over the caller's number, in any spelling.")
    hours: RuleHours = Field(
        RuleHours.ANY, description="Calls that began while we work (`open`), while we do not (`closed`), or `any`."
    )
    reasons: tuple[MissedReason, ...] = Field(
        (), description="Missed calls with one of these reasons (`no_answer`, `abandoned_menu` ...); empty: any."
    )
    min_talk_seconds: Seconds = Field(0.0, ge=0, description="Answered calls that lasted at least so long.")
    min_wait_seconds: Seconds = Field(0.0, ge=0, description="Missed calls whose caller waited at least so long.")
    lead: bool = Field(default=True, description="False: whom it fits becomes no lead, and no later rule is asked.")

    @model_validator(mode="after")
    def _can_fit(self) -> Self:
        if self.reasons and Disposition.MISSED not in self.dispositions:
            raise ValueError("reasons are of missed calls, and dispositions has no `missed`")
        if not set(self.dispositions) <= {Disposition.ANSWERED, Disposition.MISSED}:
            raise ValueError("dispositions of new callers are `answered` and `missed`")
        if not (self.dids and self.numbers and self.dispositions):
            raise ValueError("without dids, numbers or dispositions it never fits")
        return self


class OdooSettings(Section):
    """Odoo 19 or later."""

    url: Url = Field(description="As a browser opens it: `https://company.odoo.com`.")
    key: SecretStr = Field(description="An API key of a user who may read and write leads.")
    key_file: Path | None = Field(None, description="A file that holds the key, instead of `key`.")
    database: str = Field("", description="Its database, where one address serves several.")
    click_token: SecretStr = Field(
        SecretStr(""), description="Lets Odoo's server action dial: it posts to `/crm/odoo/` and this token."
    )
    click_token_file: Path | None = Field(None, description="A file that holds it, instead of `click_token`.")
    users: Mapping[str, UserNumber] = Field(default_factory=dict, description="Extension to Odoo's user id.")
    rules: tuple[LeadRuleSettings, ...] = Field(
        (LeadRuleSettings(name="everybody"),), description="Whose a new caller is."
    )
    per_second: float = Field(
        30.0,
        gt=0,
        description="The most requests a second, over all daemons: what your server bears.",
    )


class OAuthSettings(Section):
    """How an application of ours signs in where a CRM speaks OAuth."""

    client_id: str = Field("", description="Our application's id there.")
    client_secret: SecretStr = Field(SecretStr(""), description="Its secret.")
    client_secret_file: Path | None = Field(None, description="A file that holds it, instead of `client_secret`.")
    refresh_token: SecretStr = Field(SecretStr(""), description="Its first one; later ones are kept in the database.")
    refresh_token_file: Path | None = Field(None, description="A file that holds it, instead of `refresh_token`.")
    redirect: str = Field(
        "", description="The redirect address that it was registered with, where the CRM asks for it."
    )


class BitrixSettings(OAuthSettings):
    """Bitrix24, by an inbound webhook's address or as a local application."""

    url: SecretUrl = Field(
        description="The inbound webhook's address (a secret), or `https://PORTAL/rest` for an application."
    )
    url_file: Path | None = Field(None, description="A file that holds the address, instead of `url`.")
    application_token: SecretStr = Field(
        SecretStr(""), description="Of the application or outbound webhook that posts clicks to `/crm/bitrix24`."
    )
    application_token_file: Path | None = Field(None, description="A file that holds it, instead of the token itself.")
    default_user: str = Field("1", pattern="^[0-9]+$", description="Whose a call is when nobody else can be named.")
    users: Mapping[str, UserNumber] = Field(default_factory=dict, description="Extension to Bitrix24's user id.")
    rules: tuple[LeadRuleSettings, ...] = Field(
        (LeadRuleSettings(name="everybody"),), description="Whose a new caller is."
    )
    per_second: float = Field(
        2.0, gt=0, description="The most requests a second, over all daemons: 2, or 5 with Enterprise."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.client_id) != bool(self.refresh_token.get_secret_value()):
            raise ValueError("a local application wants client_id, client_secret and refresh_token; a webhook none")
        return self


class TokenSettings(OAuthSettings):
    """A long-lived token, or an application."""

    token: SecretStr = Field(SecretStr(""), description="A long-lived token; then no application is needed.")
    token_file: Path | None = Field(None, description="A file that holds it, instead of `token`.")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        by_application = bool(self.client_id and self.refresh_token.get_secret_value())
        if bool(self.token.get_secret_value()) == by_application:
            raise ValueError("tell either token, or client_id, client_secret and refresh_token")
        return self


class AmoSettings(TokenSettings):
    """amoCRM or Kommo."""

    url: Url = Field(description="`https://NAME.amocrm.ru` or `https://NAME.kommo.com`.")
    unsorted: bool = Field(default=False, description="A new caller becomes an incoming lead, for whoever takes it.")
    default_user: UserNumber | Literal[""] = Field("", description="Whose a task is when nobody else can be named.")
    users: Mapping[str, UserNumber] = Field(default_factory=dict, description="Extension to amoCRM's user id.")
    rules: tuple[LeadRuleSettings, ...] = Field(
        (LeadRuleSettings(name="everybody"),), description="Whose a new caller is."
    )
    per_second: float = Field(
        6.0,
        gt=0,
        description="The most requests a second, over all daemons; amoCRM allows 7 in any second.",
    )


class HubSpotSettings(TokenSettings):
    """HubSpot."""

    app_id: str = Field("", pattern="^[0-9]*$", description="Our application's id there, for playing recordings in it.")
    recording_token: SecretStr = Field(
        SecretStr(""), description="Known by HubSpot alone: it asks for recordings at `/crm/hubspot/` and this token."
    )
    recording_token_file: Path | None = Field(None, description="A file that holds it, instead of `recording_token`.")
    default_owner: UserNumber | Literal[""] = Field("", description="Whose a task is when nobody else can be named.")
    users: Mapping[str, UserNumber] = Field(
        default_factory=dict, description="Extension to HubSpot's owner id (not the user id)."
    )
    rules: tuple[LeadRuleSettings, ...] = Field(
        (LeadRuleSettings(name="everybody"),),
        description="Whose a new caller is; `pipeline` is the contact's lifecycle stage.",
    )
    per_second: float = Field(
        9.5,
        gt=0,
        description="The most requests a second, over all daemons: HubSpot allows 10, or 19 with Professional.",
    )

    @model_validator(mode="after")
    def _plays(self) -> Self:
        if bool(self.app_id) != bool(self.recording_token.get_secret_value()):
            raise ValueError("app_id and recording_token go together")
        return self


class CrmSettings(Section):
    """The CRMs; leave out those you do not have."""

    odoo: OdooSettings | None = Field(None, description="Odoo 19 or later.")
    bitrix24: BitrixSettings | None = Field(None, description="Bitrix24.")
    amocrm: AmoSettings | None = Field(None, description="amoCRM or Kommo.")
    hubspot: HubSpotSettings | None = Field(None, description="HubSpot.")
    plugins: Mapping[Name, Mapping[str, Any]] = Field(
        default_factory=dict,
        description="CRMs that packages bring: `[crm.plugins.NAME]`, with `type` if it is not the name, and their own.",
    )
    owners_from: str = Field(
        "", description="The CRM that is asked whose customer somebody is, before our own directory; empty asks none."
    )
    lookup_seconds: Seconds = Field(2.0, gt=0, description="The longest wait for who is calling.")
    fresh_minutes: float = Field(10.0, gt=0, description="For so long an answer to that is not asked again.")
    never_leads: tuple[str, ...] = Field(
        (), description="Numbers, or globs over them (`+38044123*`), that never become leads: suppliers, spam, a lift."
    )
    public_url: Url | Literal[""] = Field(
        "", description="How browsers reach our HTTP port, for links to recordings: `https://calls.company.com`."
    )
    link_key: str = Field(
        "", pattern=r"^([a-z0-9]{8})?$", description="The id of the API key (recordings:read) that links are made with."
    )
    link_days: float = Field(365.0, gt=0, le=3650, description="For so long a link to a recording opens.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name, answer in self.plugins.items():
            if name in _OURS:
                raise ValueError(
                    f"plugins.{name}: that is a CRM of Ringback's own: write [crm.{name}], or another name"
                )
            _check_plugin(name, answer)
        own = getattr(self, self.owners_from, None) if self.owners_from in _OURS else None
        if self.owners_from and own is None and self.owners_from not in self.plugins:
            raise ValueError(f"owners_from names {self.owners_from}, which is not told")
        if bool(self.public_url) != bool(self.link_key):
            raise ValueError("public_url and link_key go together")
        if self.hubspot is not None and self.hubspot.app_id and not self.public_url:
            raise ValueError("hubspot.app_id wants public_url and link_key: recordings are played from there")
        return self


def plugin_type(name: str, answer: Mapping[str, Any]) -> str:
    """Return the type of a CRM that a package brings: the entry point's name."""
    return str(answer.get("type") or name)


def plugin_settings(plugin: CrmPlugin[Any], answer: Mapping[str, Any]) -> BaseModel:
    """Check what is told of a CRM by its own model.

    Raises:
        ValidationError: a setting is wrong.
        PluginBroken: the model itself fails.
    """
    values = {key: value for key, value in answer.items() if key != "type"}
    try:
        checked: BaseModel = plugin.settings.model_validate(values)
    except ValidationError:
        raise
    except Exception as error:  # a stranger's validators may fail in any way
        raise PluginBroken(f"its settings' model fails: {type(error).__name__}: {error}; tell its maker") from error
    return checked


def _check_plugin(name: str, answer: Mapping[str, Any]) -> None:
    """Check a foreign CRM's settings; of one that is not installed or does not load its own section says so later."""
    try:
        plugin_settings(load(plugin_type(name, answer)), answer)
    except PluginBroken:
        return
    except ValidationError as error:
        wrong = (
            f"plugins.{name}.{'.'.join(map(str, each['loc']))}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        )
        raise ValueError("; ".join(wrong)) from None


class BridgeSettings(BaseModel):
    """The sections of this side, beside telephony's."""

    webhooks: tuple[WebhookSettings, ...] = Field((), description="Webhook targets.")
    crm: CrmSettings = CrmSettings()
    console: ConsoleSettings = ConsoleSettings()
    oidc: OidcSettings = OidcSettings()
    notifications: NotificationSettings = NotificationSettings()
    reviews: ReviewSettings = ReviewSettings()
    transcription: TranscriptionSettings = TranscriptionSettings()
    cases: CaseSettings = CaseSettings()
    money: MoneySettings = MoneySettings()

    @model_validator(mode="after")
    def _provider_knows_the_way_back(self) -> Self:
        if self.oidc.issuer and not self.console.url:
            raise ValueError("`console.url` is missing: the provider sends browsers back there")
        return self
