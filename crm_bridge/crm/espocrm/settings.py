"""What the operator tells of an EspoCRM."""

from pydantic import Field, SecretStr

from crm_bridge.crm.plugin.kit import GatewaySettings, Url


class EspoSettings(GatewaySettings):
    """EspoCRM, by an API user's key."""

    url: Url = Field(description="As a browser opens it: `https://crm.company.com`.")
    key: SecretStr = Field(min_length=1, description="The key of an API user (Administration, API Users).")
    default_user: str = Field(min_length=1, description="Whose a call is when nobody else can be named; must be told.")
    per_second: float = Field(10.0, gt=0, description="The most requests a second: what your server bears.")
