"""How the daemon itself is: its parts, and the settings that hold."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Endpoint, Nothing
from crm_bridge.api.ports import HealthParts, Value
from crm_bridge.api.values.keys import Scope
from crm_bridge.schemas import Shape


class HealthPartShape(Shape):
    """One part of the daemon, asked now."""

    name: str
    healthy: bool
    said: str = Field(description="A few words: what it does, or why it is not well.")
    stuck: bool = Field(description="True if it makes no progress by its own fault: a restart helps.")


class HealthPartsShape(BaseModel):
    """All parts."""

    healthy: bool
    parts: list[HealthPartShape]


class SettingShape(Shape):
    """One setting as it holds."""

    name: str = Field(description="`http.port`, `pbx.0.host`; docs/settings.md says what it is.")
    value: str = Field(description="As TOML has it. A secret that is set is `••••`; so are keys inside addresses.")
    origin: str = Field(description="`default`, `file` or `environment`.")
    secret: bool


class SettingsShape(BaseModel):
    """All settings, read only."""

    settings: list[SettingShape]


class OperationHandlers:
    """The two operations."""

    def __init__(self, health: HealthParts, settings: Sequence[Value]) -> None:
        self._health = health
        self._settings = settings

    async def parts(self, asked: Asked[Nothing]) -> HealthPartsShape:
        """Ask each part."""
        del asked
        parts = [HealthPartShape.model_validate(part) for part in self._health.parts()]
        return HealthPartsShape(healthy=all(part.healthy for part in parts), parts=parts)

    async def settings(self, asked: Asked[Nothing]) -> SettingsShape:
        """Show the settings."""
        del asked
        return SettingsShape(settings=[SettingShape.model_validate(one) for one in self._settings])

    def endpoints(self) -> list[Endpoint]:
        """Return them."""
        read: dict[str, Any] = {"method": "GET", "scope": Scope.ADMIN, "tag": "operation"}
        return [
            Endpoint(
                path="/health/parts",
                operation="getHealthParts",
                summary="How each part of the daemon is, as `/healthz` says, but always 200.",
                handler=self.parts,
                result=HealthPartsShape,
                **read,
            ),
            Endpoint(
                path="/settings",
                operation="listSettings",
                summary="The settings that hold, and where each was told; secrets are not shown.",
                handler=self.settings,
                result=SettingsShape,
                **read,
            ),
        ]
