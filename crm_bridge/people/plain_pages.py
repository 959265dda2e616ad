"""The plainest way to make a page of a template: no look, the browser's language."""

from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crm_bridge.web.words.people import PEOPLE

_LANGUAGES: Final = ("en", "ru", "uk")
_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "web" / "templates"), autoescape=True, undefined=StrictUndefined
)


class PlainFormats:
    """Times as ISO 8601 has them."""

    @staticmethod
    def moment(at: object) -> str:
        """Write one."""
        return str(at)[:16]


def render(request: web.Request, template: str, /, *, status: int = 200, **values: object) -> web.Response:
    """Make a page."""
    wished = request.headers.get("Accept-Language", "")[:2].lower()
    language = wished if wished in _LANGUAGES else "en"
    place = _LANGUAGES.index(language)

    def say(key: str, **places: object) -> str:
        return PEOPLE[key][place].format(**places)

    text = _ENVIRONMENT.get_template(template).render(t=say, f=PlainFormats, language=language, **values)
    return web.Response(text=text, status=status, content_type="text/html")
