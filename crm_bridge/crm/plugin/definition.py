"""What the entry point of a foreign CRM names, and how it is found and loaded.

A package that brings a CRM has, in its ``pyproject.toml``::

    [project.entry-points."ringback.crm"]
    acme = "ringback_acme:PLUGIN"

and ``PLUGIN`` is a `CrmPlugin`. The operator then writes ``[crm.plugins.acme]``. Nothing of it is imported before the
settings name it. What does not load stops nobody's phones: its messages wait until it does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from pydantic import BaseModel

from telephony.errors import RingbackError

if TYPE_CHECKING:
    from crm_bridge.crm.plugin.context import GatewayContext
    from crm_bridge.crm.plugin.gateway import CallCards, CallLog

GROUP: Final = "ringback.crm"

Told = TypeVar("Told", bound=BaseModel)


class PluginBroken(RingbackError):
    """A foreign CRM is not installed, or does not load; the words name the cure."""

    error_id: ClassVar[str] = "crm-plugin-broken"


@dataclass(frozen=True, slots=True)
class CrmPlugin(Generic[Told]):
    """A CRM that somebody else brings."""

    settings: type[Told]
    """What the operator tells of it: a `crm_bridge.crm.plugin.settings.GatewaySettings` with fields of its own."""
    make: "Callable[[Told, GatewayContext], CallLog | CallCards]"
    """Makes the gateway; it asks nobody anything yet."""


def installed() -> list[str]:
    """Return the types of CRMs that packages bring."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def load(kind: str) -> CrmPlugin[Any]:
    """Import a CRM by its type.

    Raises:
        PluginBroken: no package brings it, two do, or it does not load.
    """
    points = list(entry_points(group=GROUP, name=kind))
    if not points:
        known = ", ".join(installed()) or "none"
        raise PluginBroken(
            f"no installed package brings a CRM of the type {kind!r} (installed: {known}): install its package into "
            "Ringback's own Python environment, or correct `type`"
        )
    if len({point.value for point in points}) > 1:
        raise PluginBroken(f"{' and '.join(map(_whose, points))} both bring the type {kind!r}: uninstall one")
    try:
        plugin = points[0].load()
    except Exception as error:  # a stranger's module may fail in any way, and our phones must not care
        raise PluginBroken(
            f"{_whose(points[0])} does not load: {type(error).__name__}: {error}; update or reinstall it"
        ) from error
    if not isinstance(plugin, CrmPlugin):
        raise PluginBroken(f"{_whose(points[0])} is no CrmPlugin but a {type(plugin).__name__}: tell its maker")
    return plugin


def _whose(point: EntryPoint) -> str:
    package = f"{point.dist.name} {point.dist.version}" if point.dist is not None else "a package"
    return f"{package} ({point.name} = {point.value})"
