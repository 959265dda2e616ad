"""docs/figures.md is what the registry says."""

import contextlib
import io
from pathlib import Path

import service


def test_the_document_is_the_registrys() -> None:
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        assert service.main(["figures"]) == 0
    assert Path("docs/figures.md").read_text(encoding="utf-8") == written.getvalue()
