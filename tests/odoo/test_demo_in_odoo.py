"""``ringback demo --odoo`` as a new user has it: signed in by what was printed, looking where the address leads."""

import asyncio
import re
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp

from deploy.demo.company import company_customers, company_managers
from tests.acceptance.daemon.test_demo import delivered, demo, ended, folder, left_behind

__all__ = ["folder"]

_WANTED = 6
"""Calls with a customer that the demo must have made before we look."""
_PATIENCE = 420
_OWNERS = {one.manager_id: one.name for one in company_managers()}
_CUSTOMERS = {one.number: _OWNERS[one.manager_id] for one in company_customers(strangers=False) if one.manager_id}


@dataclass(slots=True)
class Heard:
    """What the demo told its webhook receiver so far, of calls that Odoo is to know, too."""

    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path) -> Self:
        deliveries = delivered(folder)
        calls = {one: call for one, call in ended(deliveries).items() if call["customer"]}
        recorded = {one["data"]["call_id"] for one in deliveries if one["type"] == "recording.ready"}
        return cls(calls, recorded & calls.keys())

    @property
    def enough(self) -> bool:
        missed = any(call["disposition"] == "missed" for call in self.calls.values())
        strangers = any(call["customer"] not in _CUSTOMERS for call in self.calls.values())
        return len(self.calls) >= _WANTED and missed and strangers and len(self.recorded) >= 2


class Browser:
    """Odoo as its own pages ask it."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def ask(self, path: str, **params: object) -> Any:  # noqa: ANN401 - any JSON
        async with self._http.post(f"{self._url}{path}", json={"jsonrpc": "2.0", "params": params}) as answer:
            told = await answer.json()
            assert "error" not in told, told
            return told["result"]

    async def rows(self, model: str, domain: list[object], *fields: str) -> list[dict[str, Any]]:
        words = {"model": model, "method": "search_read", "args": [domain, list(fields)], "kwargs": {}}
        found: list[dict[str, Any]] = await self.ask("/web/dataset/call_kw", **words)
        return found

    async def notes(self, mark: str) -> list[dict[str, Any]]:
        domain: list[object] = [["model", "=", "crm.lead"], ["body", "ilike", f"[ringback {mark}]"]]
        return await self.rows("mail.message", domain, "body", "res_id")

    async def written(self, marks: set[str]) -> None:
        """Wait until each has a note: Odoo is told at its own pace."""
        async with asyncio.timeout(60):
            for mark in marks:
                while not await self.notes(mark):
                    await asyncio.sleep(0.5)


async def watched(process: asyncio.subprocess.Process, folder: Path) -> tuple[str, Heard]:
    """Read what is printed until there is enough to look for."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(_PATIENCE):
        while line := (await process.stdout.readline()).decode():
            said += line
            if "⇢" in line and (heard := Heard.of(folder)).enough:
                return said, heard
    raise AssertionError(said)


async def test_each_call_is_there_with_owner_outcome_and_a_recording_that_plays(folder: Path) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with demo(folder, "--odoo") as process, aiohttp.ClientSession(cookie_jar=jar) as http:
        said, heard = await watched(process, folder)
        told = re.search(r"odoo +(http://\S+)(/odoo/ringback) +login (\S+) +password (\S+)", said)
        assert told is not None, said
        url, path, login, password = told.groups()
        browser = Browser(http, url)
        await browser.ask("/web/session/authenticate", db="company", login=login, password=password)
        async with http.get(f"{url}{path}") as page:  # the pages themselves: styles and scripts are made, too
            assert page.status == 200
            (script,) = re.findall(r'src="(/web/assets/[^"]*web\.assets_web[^"]*\.js)"', await page.text())
        async with http.get(f"{url}{script}") as asset:
            assert len(await asset.read()) > 1_000_000

        await browser.written({*heard.calls, *(f"recording {one}" for one in heard.recorded)})
        for call_id, call in heard.calls.items():
            (note,) = await browser.notes(call_id)
            assert ("Missed call from" in note["body"]) == (call["disposition"] == "missed")
            assert ("Spoke with" in note["body"]) == (call["disposition"] == "answered")
            (lead,) = await browser.rows("crm.lead", [["id", "=", note["res_id"]]], "user_id", "type", "phone")
            assert lead["phone"] == call["customer"]
            owner = _CUSTOMERS.get(call["customer"])  # a stranger became somebody's by rule
            assert lead["user_id"][1] in ([owner] if owner else _OWNERS.values())
            assert lead["type"] == "opportunity"  # or Odoo's own pages would not show it
        for call_id in heard.recorded:
            (note,) = await browser.notes(f"recording {call_id}")
            (link,) = re.findall(r'href="([^"]+)"', note["body"])
            async with http.get(link.replace("&amp;", "&"), headers={"Range": "bytes=0-99"}) as sound:
                assert (sound.status, sound.content_type) == (206, "audio/mpeg")

        process.send_signal(signal.SIGINT)
        said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert "demo: over." in said
    assert left_behind(folder) == []
    port = url.rpartition(":")[2]
    assert left_behind(Path(f"--http-port {port}")) == []
