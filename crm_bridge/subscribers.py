"""Who is told of what happens: webhooks and CRMs as the outbox's targets, with the events that each hears."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

import aiohttp

from crm_bridge.outbox.dispatcher import Target
from crm_bridge.outbox.store import TargetRow
from crm_bridge.settings import WebhookSettings
from crm_bridge.webhooks import signing
from crm_bridge.webhooks.target import WebhookTarget


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A target, and the events that it hears."""

    row: TargetRow
    target: Target
    events: tuple[str, ...]
    is_crm: bool = False
    """A CRM hears of what was written on a call when the call is over, for it files that under the call."""
    at_once: int | None = None
    """The most messages that it is sent at a time, if the dispatcher's own choice is not right."""

    def hears(self, kind: str) -> bool:
        """Return whether it is told of such events."""
        return any(fnmatchcase(kind, pattern) for pattern in self.events)


def webhook(hook: WebhookSettings, http: aiohttp.ClientSession) -> Subscriber:
    """Make one of its settings; ``http`` by `open_http`."""
    secrets = [signing.key_of(one.get_secret_value()) for one in (hook.secret, hook.old_secret) if one is not None]
    burst = max(1, round(hook.per_second or 1))
    target = WebhookTarget(hook.url, secrets, hook.private, http)
    return Subscriber(TargetRow(hook.name, hook.per_second, burst), target, hook.events)
