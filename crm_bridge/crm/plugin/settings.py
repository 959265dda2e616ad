"""What the operator tells of every foreign CRM; each adds fields of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, model_validator

from crm_bridge.settings import LeadRuleSettings
from telephony.settings import Section

_FILE = "_file"


class GatewaySettings(Section):
    """The settings that all foreign CRMs have in common.

    A field of the type ``SecretStr`` may be told as ``NAME_file``, too: a file that holds it.
    """

    users: Mapping[str, str] = Field(default_factory=dict, description="Extension to the CRM's user id.")
    rules: tuple[LeadRuleSettings, ...] = Field(
        (LeadRuleSettings(name="everybody"),), description="Whose a new caller is."
    )
    default_user: str = Field("", description="Whose a thing is when nobody else can be named.")
    per_second: float = Field(5.0, gt=0, description="The most requests a second, over all daemons.")

    @model_validator(mode="before")
    @classmethod
    def _secrets(cls, answer: Any) -> Any:  # noqa: ANN401 - whatever the settings file says
        if not isinstance(answer, Mapping):
            return answer
        values = dict(answer)
        for name, field in cls.model_fields.items():
            file = values.pop(f"{name}{_FILE}", None) if field.annotation is SecretStr else None
            if file is not None:
                values[name] = _secret(name, str(file), values.get(name))
        return values


def _secret(name: str, file: str, answer: object) -> str:
    if answer:
        raise ValueError(f"{name} and {name}{_FILE} are both told: keep one")
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name}{_FILE}: {file} cannot be read: {error}") from None
    if not secret:
        raise ValueError(f"{name}{_FILE}: {file} is empty: write the secret into it")
    return secret
