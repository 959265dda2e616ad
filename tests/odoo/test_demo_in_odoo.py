"""``ringback demo --odoo`` as a new user has it: signed in by what was printed, looking where the address leads."""

import asyncio
import re
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.acceptance.daemon.test_demo import demo, folder, left_behind

__all__ = ["folder"]

_WANTED = 6
"""Calls with a customer that the demo must have made before we look: answered ones, missed ones and a stranger's."""
_PATIENCE = 420


@dataclass(slots=True)
class Heard:
    """What the demo printed so far."""

    said: list[str] = field(default_factory=list)
    calls: dict[str, str] = field(default_factory=dict)
    """Ended calls that Odoo is to know, and their outcomes, by id."""
    recorded: set[str] = field(default_factory=set)

    def hear(self, line: str) -> None:
        self.said.append(line)
        if found := re.search(r"⇢  call\.(?:ended|missed) +(\S+)  ([^·]+) · customer of ", line):
            self.calls[found[1]] = found[2]
        if found := re.search(r"⇢  recording\.ready +(\S+)  http", line):
            self.recorded.add(found[1])

    @property
    def enough(self) -> bool:
        missed = [one for one, outcome in self.calls.items() if outcome.startswith("missed")]
        listened = self.recorded & self.calls.keys()
        return len(self.calls) >= _WANTED and bool(missed) and len(listened) >= 2


class Browser:
    """Odoo as its own pages ask it."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def ask(self, path: str, **params: object) -> Any:
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


async def listened(process: asyncio.subprocess.Process) -> Heard:
    assert process.stdout is not None
    heard = Heard()
    async with asyncio.timeout(_PATIENCE):
        while not heard.enough:
            line = await process.stdout.readline()
            assert line, "".join(heard.said)
            heard.hear(line.decode())
    return heard


async def test_each_call_is_there_with_owner_outcome_and_a_recording_that_plays(folder: Path) -> None:
    async with (
        demo(folder, "--odoo") as process,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        heard = await listened(process)
        told = re.search(r"odoo +(http://\S+)(/odoo/ringback) +login (\S+) +password (\S+)", "".join(heard.said))
        assert told is not None
        url, path, login, password = told.groups()
        browser = Browser(http, url)
        await browser.ask("/web/session/authenticate", db="company", login=login, password=password)
        async with http.get(f"{url}{path}") as page:  # the pages themselves: styles and scripts are made, too
            assert page.status == 200
            (script,) = re.findall(r'src="(/web/assets/[^"]*web\.assets_web[^"]*\.js)"', await page.text())
        async with http.get(f"{url}{script}") as asset:
            assert len(await asset.read()) > 1_000_000

        await browser.written(set(heard.calls) | {f"recording {one}" for one in heard.recorded & heard.calls.keys()})
        for call_id, outcome in heard.calls.items():
            (note,) = await browser.notes(call_id)
            assert ("Missed call from" in note["body"]) == outcome.startswith("missed")
            (lead,) = await browser.rows("crm.lead", [["id", "=", note["res_id"]]], "user_id", "type")
            assert lead["user_id"][1] in {"Иван Петренко", "Olena Shevchenko", "Марія Коваль"}
            assert lead["type"] == "opportunity"  # or Odoo's own pages would not show it
        for call_id in heard.recorded & heard.calls.keys():
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
