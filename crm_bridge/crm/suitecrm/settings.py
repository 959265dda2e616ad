"""What the operator tells of a SuiteCRM."""

from typing import Literal

from pydantic import Field, SecretStr

from crm_bridge.crm.plugin.kit import GatewaySettings, Url


class SuiteSettings(GatewaySettings):
    """SuiteCRM, by an OAuth2 client of the kind *client credentials*."""

    url: Url = Field(description="As a browser opens it: `https://crm.company.com`.")
    api: Literal["Api", "legacy/Api"] = Field("Api", description="`Api` of SuiteCRM 7, `legacy/Api` of SuiteCRM 8.")
    client_id: str = Field(min_length=1, description="Administration, OAuth2 Clients and Tokens: the client's id.")
    client_secret: SecretStr = Field(min_length=1, description="Its secret.")
    default_user: str = Field(min_length=1, description="Whose a call is when nobody else can be named; must be told.")
    per_second: float = Field(10.0, gt=0, description="The most requests a second: what your server bears.")
