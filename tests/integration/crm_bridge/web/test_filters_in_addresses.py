"""Every filter of the lists works in a page's address, shows as a chip, and stays in its links."""

import re

import aiohttp

from tests.integration.crm_bridge.web.conftest import text_of


def links(page: str) -> list[str]:
    return [each.replace("&amp;", "&") for each in re.findall(r'href="([^"]+)"', page)]


async def test_calls_by_every_filter(site: aiohttp.ClientSession) -> None:
    everything = (
        "period=all&weekday=1&weekday=2&weekday=3&weekday=4&weekday=5&hour=9&hour=10&hour=11&wait_from=0&wait_to=600"
    )
    page = await text_of(
        site, f"/console/calls?{everything}&talk_to=9000&repaired=false&missed_reason=busy&missed_reason=no_answer"
    )
    assert page.count('class="chip" aria-current="true"') >= 6
    exports = [each for each in links(page) if "/export?" in each]
    assert all(
        "weekday=1&weekday=2" in each and "missed_reason=busy&missed_reason=no_answer" in each for each in exports
    )
    without = next(each for each in links(page) if each.startswith("?") and "hour=" not in each and "weekday=" in each)
    assert "wait_to=600" in without
    async with site.get("/console/calls?hour=24") as answer:
        assert answer.status == 422


async def test_requests_by_every_filter(site: aiohttp.ClientSession) -> None:
    whole = await text_of(site, "/console/board?tab=all")
    some = await text_of(site, "/console/board?tab=all&fate=lost&fate=owed&target=missed&ring_from=0&since=2020-01-01")
    assert len(re.findall(r'<tr id="request-', some)) < len(re.findall(r'<tr id="request-', whole))
    assert some.count('class="chip" aria-current="true"') >= 4
    async with site.get("/console/board?tab=all&fate=none") as answer:
        assert answer.status == 422


async def test_several_values_of_a_filter_are_ticked_in_the_form(site: aiohttp.ClientSession) -> None:
    page = await text_of(site, "/console/calls?period=all&disposition=missed&disposition=busy&manager=101&manager=999")
    form = page[page.index('<form class="card"') : page.index("</form>", page.index('<form class="card"'))]
    for name, value in (("disposition", "missed"), ("disposition", "busy"), ("manager", "101"), ("manager", "999")):
        assert f'type="checkbox" name="{name}" value="{value}" checked' in form
        assert f'type="hidden" name="{name}"' not in form, "it is sent once"
    assert form.count("Выбрано 2") == 4, "each in words and for who hears the page"
    assert len(re.findall(r'value="(\w+)"[^>]*checked', form)) == 4
