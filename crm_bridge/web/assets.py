"""Static files: read once, compressed once, served from memory under an address that changes with their content."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from crm_bridge.web import PREFIX

STATIC: Final = Path(__file__).parent / "static"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    media: str
    compressed: bytes | None


class Assets:
    """All of them; one hash for all, so that a style sheet can name its fonts beside it.

    Raises:
        FileNotFoundError: others' files are not there: nobody has run `make setup`.
    """

    def __init__(self, folder: Path = STATIC) -> None:
        if not (folder / "vendor" / "htmx.js").is_file():
            raise FileNotFoundError(f"{folder / 'vendor'} is empty: run `make setup`")
        self._assets = {
            file.relative_to(folder).as_posix(): _read(file)
            for file in sorted(folder.rglob("*"))
            if file.is_file() and file.suffix in _MEDIA
        }
        whole = hashlib.sha256()
        for name, asset in self._assets.items():
            whole.update(name.encode() + b"\0" + asset.body)
        self.version = whole.hexdigest()[:8]

    def url(self, name: str) -> str:
        """Return a file's address.

        Raises:
            KeyError: there is no such file.
        """
        if name not in self._assets:
            raise KeyError(name)
        return f"{PREFIX}/static/{self.version}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """Answer with a file; who asks with the hash of another version gets this one, but may not keep it."""
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        kept = request.match_info["version"] == self.version
        headers = {"Cache-Control": _FOR_EVER if kept else "no-cache", "Vary": "Accept-Encoding"}
        if asset.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(
                body=asset.compressed, headers={**headers, "Content-Encoding": "gzip", "Content-Type": asset.media}
            )
        return web.Response(body=asset.body, headers={**headers, "Content-Type": asset.media})


def _read(file: Path) -> _Asset:
    body = file.read_bytes()
    compressed = None if file.suffix == ".woff2" else gzip.compress(body, 9, mtime=0)
    return _Asset(body, _MEDIA[file.suffix], compressed)
