"""The call log as a file: the list's calls, and nothing that a spreadsheet would run."""

import io
import zipfile
from xml.etree import ElementTree as ET

from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.test_api_calls import HOSTILE, call, write


async def test_the_export_has_the_lists_calls_and_no_formula(api: Api, pool: Pool) -> None:
    evil = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "-2+3", "\t=1", HOSTILE]
    await write(pool, [call(n, name=name) for n, name in enumerate(evil, 1)])
    await write(pool, [call(50, answered=False, customer="0501112233")])
    async with api.http.get("/api/v1/calls/export?number=0671234567") as response:
        assert response.content_type == "text/csv"
        assert response.headers["Content-Disposition"].startswith('attachment; filename="calls-')
        text = (await response.read()).decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 1 + len(evil), "one line a call, also of a name with a line break"
    assert lines[0].startswith("call_id,pbx,direction")
    assert "'=cmd|" in text
    for start in (",=", ",+1", ",@", ",-", ",\t"):
        assert start not in text
    assert "+380671234567" in text, "a number is no formula"
    assert "2026-11-21 14:00:01+02:00" in text, "the company's own time"


async def test_the_export_as_xlsx_is_a_workbook_with_text_as_text(api: Api, pool: Pool) -> None:
    await write(pool, [call(n, name=f"=1+{n}<&\x0b") for n in range(1, 2300)])
    async with api.http.get("/api/v1/calls/export?format=xlsx") as response:
        book = zipfile.ZipFile(io.BytesIO(await response.read()))
    assert book.testzip() is None
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    rows = list(ET.fromstring(book.read("xl/worksheets/sheet1.xml")).iter(f"{main}row"))  # noqa: S314 - our own
    assert len(rows) == 2300
    kinds = {cell.get("t") for cell in rows[1]}
    assert kinds <= {"inlineStr", "b", None}
    assert not list(rows[1].iter(f"{main}f")), "no formula"
    assert "=1+2299<& " in [text.text for text in rows[1].iter(f"{main}t")]
    for name in (
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/styles.xml",
        "xl/_rels/workbook.xml.rels",
    ):
        ET.fromstring(book.read(name))  # noqa: S314
