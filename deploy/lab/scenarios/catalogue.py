"""All scenarios by name."""

import inspect
from types import ModuleType

from deploy.lab.scenarios import finding, freepbx, groups, machines, others, parking, simple, transfers
from deploy.lab.scenarios.truth import Scenario

_MODULES = (simple, groups, machines, finding, freepbx, transfers, parking, others)


def _of(module: ModuleType) -> dict[str, Scenario]:
    return {
        name: function
        for name, function in vars(module).items()
        if inspect.iscoroutinefunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }


ALL: dict[str, Scenario] = {name: play for module in _MODULES for name, play in _of(module).items()}
"""Every scenario, in the order in which the modules tell them."""
