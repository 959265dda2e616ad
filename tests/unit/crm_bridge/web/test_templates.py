"""Templates keep to the content security policy, and say nothing that has no translation."""

import re
from pathlib import Path

import pytest

from crm_bridge.web.templating import TEMPLATES
from crm_bridge.web.words.catalogue import CATALOGUE

ALL = sorted(TEMPLATES.rglob("*.html"))
_JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"<[^>]*>", re.DOTALL)
_OPAQUE = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
_KEY = re.compile(r"""\b(?:t|n)\(\s*["']([a-z0-9_.]+)["']\s*[,)]""")
_STARTED = re.compile(r"""\b(?:t|n|knows)\(\s*\(?["']([a-z0-9_.]+\.)["']\s*~""")
_SHOWN_ATTRIBUTE = re.compile(
    r"""\b(?:aria-label|title|placeholder|alt|data-label)=["']([^"'{]*[^\W\d_]{2,}[^"']*)["']"""
)
_NO_WORDS = {"CSV", "XLSX", "Enter", "Esc", "Space", "j", "k", "g", "t", "b", "l", "c", "u", "h", "s", "n"}


@pytest.mark.parametrize("template", ALL, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
class TestTemplate:
    def test_has_no_inline_style_or_handler_and_trusts_no_text(self, template: Path) -> None:
        text = template.read_text(encoding="utf-8")
        found = re.findall(r"\sstyle=|\son[a-z]+=|\|\s*safe\b|hx-on|autoescape|<style|javascript:|hx-vals=.js:", text)
        assert not found
        assert not re.search(r"hx-trigger=\"[^\"]*\[", text), "a filter of a trigger is compiled"
        for tag in re.findall(r"<script\b[^>]*>", text):
            assert 'nonce="{{ nonce }}"' in tag
            assert "src=" in tag

    def test_writes_htmx_attributes_by_the_macro_that_carries_the_nonce(self, template: Path) -> None:
        text = template.read_text(encoding="utf-8")
        if template.name != "macros.html":
            assert not re.search(r"\shx-[a-z]+", text)

    def test_shows_no_text_of_its_own(self, template: Path) -> None:
        text = template.read_text(encoding="utf-8")
        text = re.sub(r"\{% macro (hx|live|orders_form)\b.*?endmacro %\}", "", text)  # they write attributes
        attributes = _SHOWN_ATTRIBUTE.findall(_JINJA.sub("", text))
        left = _TAG.sub(" ", _JINJA.sub(" ", _OPAQUE.sub(" ", text)))
        words = [word for word in re.findall(r"[^\W\d_]+", left) if word not in _NO_WORDS]
        assert not words
        assert not attributes

    def test_asks_only_for_texts_that_there_are(self, template: Path) -> None:
        text = template.read_text(encoding="utf-8")
        assert not [key for key in _KEY.findall(text) if key not in CATALOGUE]
        for start in _STARTED.findall(text):
            assert any(key.startswith(start) for key in CATALOGUE), start


_NAMED = re.compile(r"""["']([a-z0-9_]+(?:\.[a-z0-9_]+)*)["']""")
_STARTS = re.compile(r"""["']([a-z0-9_.]+\.)["']|f["']([a-z0-9_.]+\.)\{""")
_ENDS = re.compile(r"""~\s*["'](\.[a-z0-9_.]+)["']|\}(\.[a-z0-9_]+)["']""")


def test_every_text_is_asked_for_by_somebody() -> None:
    sources = [*ALL, *Path("crm_bridge").rglob("*.py")]
    said = "\n".join(path.read_text(encoding="utf-8") for path in sources if "/words/" not in path.as_posix())
    starts = tuple("".join(found) for found in set(_STARTS.findall(said)))
    ends = tuple("".join(found) for found in set(_ENDS.findall(said)))
    keys = set(_NAMED.findall(said))
    assert not [key for key in CATALOGUE if key not in keys and not key.startswith(starts) and not key.endswith(ends)]
