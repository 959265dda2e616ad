"""The environment of all templates: what is put into a page is text, and what is not there is an error."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from crm_bridge.web.browsers import browser
from crm_bridge.web.formats import NOTHING, headline, phone, plain

TEMPLATES: Final = Path(__file__).parent / "templates"


class Templates:
    """Loads and renders them; ``url`` gives a static file's address."""

    def __init__(self, url: Callable[[str], str]) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(static=url, NOTHING=NOTHING)
        filters = {"phone": shown_phone, "name": shown_name, "query": query, "headline": headline, "browser": browser}
        self._environment.filters.update(filters)

    def page(self, name: str, context: Mapping[str, Any]) -> str:
        """Render a whole page."""
        return self._environment.get_template(name).render(context)

    def part(self, name: str, part: str, context: Mapping[str, Any]) -> str | None:
        """Render one block of a page; None if it has no such block."""
        template = self._environment.get_template(name)
        block = template.blocks.get(part)
        if block is None:
            return None
        return "".join(block(_context(template, context)))


def _context(template: Template, context: Mapping[str, Any]) -> Any:  # noqa: ANN401 - Jinja's own
    """Return a context in which the template's imports and macros are known, as when it is rendered whole."""
    made = template.new_context(dict(context))
    next(iter(template.root_render_func(made)), None)  # what stands before the first text: imports, macros, variables
    return made


def shown_phone(number: str) -> Markup:
    """Show a phone number that does not break over lines; the direction of the text around it does not matter."""
    return Markup('<bdi class="number">{}</bdi>').format(phone(number))


def shown_name(name: str) -> Markup:
    """Show a name as its sender wrote it, unable to turn or hide what stands beside it."""
    return Markup("<bdi>{}</bdi>").format(escape(plain(name)))


def query(values: Mapping[str, object], **changes: object) -> str:
    """Write a query string: ``values`` with ``changes``; what is None or empty is left out, a tuple is given apart."""
    united: dict[str, object] = {**values, **changes}
    pairs = [
        (name, each)
        for name, value in united.items()
        for each in (value if isinstance(value, tuple) else (value,))
        if each not in {None, ""}
    ]
    return urlencode(pairs)
