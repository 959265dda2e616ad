"""Sends one text to one address by Apprise, in a thread of its own pool, within a deadline, to no host of ours.

Services whose host is fixed (Telegram, Slack ...) may be used as they are. Of those whose host is in the address each
address that it resolves to must be public, unless `[notifications] local` allows our own network. Redirects are not
followed, whatever an address says. Between our look at a name and Apprise's own a hostile name server could still
change its answer: who may not be trusted with that should not be a user.
"""

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple, TypeVar

from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry
from telephony.errors import Refused
from telephony.net.addresses import is_public

_FIXED: Final = frozenset(
    {"tgram", "slack", "discord", "msteams", "pover", "twilio", "whatsapp", "webexteams", "wxteams"}
)
_HOSTED: Final = frozenset(
    {
        *("json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "ntfy", "ntfys", "gotify", "gotifys"),
        *("matrix", "matrixs", "mmost", "mmosts", "rocket", "rockets", "nctalk", "nctalks", "workflow", "workflows"),
    }
)
_LONGEST: Final = 2000
_DEADLINE: Final = 20.0
"""Seconds for one message."""
_AT_ONCE: Final = 4
_REFUSED: Final = re.compile(r"error=4(?:0[0134]|10)\b")
"""What a service says of an address or a token that will not do tomorrow either."""

Result = TypeVar("Result")


class AddressRefused(Refused):
    """That is no address that people may be told at."""

    error_id: ClassVar[str] = "address-refused"


class Attachment(NamedTuple):
    """A file that goes with a text, for services that take one; others get the text alone."""

    name: str
    media: str
    content: bytes


class Sender:
    """Sends; made and closed by the assembly."""

    def __init__(self, *, local: bool, more: frozenset[str] = frozenset()) -> None:
        """Begin; ``local`` allows hosts of our own network, ``more`` other services by their schemes."""
        self._local = local
        self._more = more
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="notify")

    def close(self) -> None:
        """Wait for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def check(self, address: str) -> None:
        """Refuse what is no address of a service that is allowed.

        Raises:
            AddressRefused: it says why, without the address.
        """
        await self._apart(self._made, address)

    async def masked(self, addresses: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        """Give numbered addresses without their secrets."""
        return [(number, await self._apart(masked, address)) for number, address in addresses]

    async def _apart(self, work: Callable[[str], Result], address: str) -> Result:
        """Do it in a thread: Apprise reads all its services when it is first asked, which takes a second."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, address)

    async def send(self, address: str, title: str, body: str, attached: Attachment | None = None) -> Answer:
        """Send one text; what goes wrong is an answer."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_DEADLINE):
                return await loop.run_in_executor(self._threads, partial(self._send, address, title, body, attached))
        except TimeoutError:
            return Retry(f"no answer within {_DEADLINE:g} s")

    def _send(self, address: str, title: str, body: str, attached: Attachment | None) -> Answer:
        try:
            url = _text_of(address)
            service = self._made(url)
            self._check_host(_scheme(url), service)
        except AddressRefused as error:
            return Discard(str(error))
        except OSError as error:
            return Retry(f"{type(error).__name__}: {error}")
        from apprise import Apprise, NotifyFormat  # noqa: PLC0415 - as in `_service`
        from apprise.attachment.memory import AttachMemory  # noqa: PLC0415 - as above

        words: list[str] = []
        sender = Apprise(asset=service.asset)
        sender.add(service)
        hear: Callable[..., None] = lambda entry, _: words.append(str(entry.message))  # noqa: E731 - Apprise's shape
        files = None
        if attached is not None:
            memory: Any = AttachMemory  # its arguments have no types
            files = memory(content=attached.content, name=attached.name, mimetype=attached.media)
        if sender.notify(body=body, title=title, body_format=NotifyFormat.TEXT, attach=files, log_callback=hear):
            return Delivered()
        why = "; ".join(words)[:500] or "the service did not take it"
        return Discard(why) if _REFUSED.search(why) else Retry(why)

    def _made(self, address: str) -> Any:  # noqa: ANN401 - one of Apprise's 130 classes
        scheme = _scheme(address)
        if len(address) > _LONGEST or not address.isprintable():
            raise AddressRefused("an address is one line of at most 2,000 letters")
        if scheme not in _FIXED | _HOSTED | self._more:
            raise AddressRefused(
                f"`{scheme[:20]}://` is not allowed here; allowed: {', '.join(sorted(_FIXED | _HOSTED))}"
            )
        service = _service(address)
        if service is None:
            raise AddressRefused(f"that is not how an address of `{scheme}://` is written; see Apprise's documentation")
        service.redirects = False  # an address can ask for them
        return service

    def _check_host(self, scheme: str, service: Any) -> None:  # noqa: ANN401 - as above
        if self._local or scheme in _FIXED:
            return
        hosts = {host for name in ("host", "smtp_host") if (host := getattr(service, name, None))}
        for host in hosts:
            for *_, found in socket.getaddrinfo(host, None):
                if not is_public(str(found[0])):
                    raise AddressRefused("its host is inside our own network; `[notifications] local` would allow that")


def _scheme(address: str) -> str:
    return address.partition("://")[0].lower()


def masked(address: str) -> str:
    """Show an address without its secrets."""
    if address.startswith("@"):
        return address
    service = _service(address)
    if service is None:
        return "?"
    shown: str = service.url(privacy=True)
    return shown.partition("?")[0]


def _text_of(address: str) -> str:
    """Read an address that stands in a file."""
    return Path(address[1:]).read_text(encoding="utf-8").strip() if address.startswith("@") else address


def _service(address: str) -> Any:  # noqa: ANN401 - one of Apprise's 130 classes
    """Return what sends to an address, or None; imported here: a daemon that tells nobody need not wait for it."""
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415
    from apprise.plugins import NotifyBase  # noqa: PLC0415

    asset = AppriseAsset(
        app_id="Ringback", app_desc="Ringback", async_mode=False, http_redirects=False, secure_logging=True
    )
    found = Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    return found if isinstance(found, NotifyBase) else None
