"""The widget's own files: read and compressed once at start, given out by name with a tag that tells changed ones.

Promise: nothing but these files can ever be asked for. Limits: scripts and styles alone.
"""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

WIDGET = Path(__file__).resolve().parent.parent / "templates" / "widget"
TYPES = {".js": "text/javascript", ".css": "text/css"}


def read_files(folder: Path = WIDGET) -> dict[str, "Asset"]:
    """The widget's files, read and compressed once at start; nothing else can ever be asked for."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
    return {path.relative_to(folder).as_posix(): Asset.of(path) for path in found}


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One public file, compressed, with the tag by which a browser asks whether it changed."""

    packed: bytes
    plain: bytes
    kind: str
    tag: str

    @classmethod
    def of(cls, path: Path) -> "Asset":
        """Read and compress a file; without a time stamp, so that the same file gives the same bytes."""
        plain = path.read_bytes()
        tag = hashlib.sha256(plain).hexdigest()[:16]
        return cls(packed=gzip.compress(plain, 9, mtime=0), plain=plain, kind=TYPES[path.suffix], tag=tag)

    def answer(self, request: web.Request) -> web.Response:
        """The file, or that it has not changed."""
        headers = {
            "Cache-Control": "no-cache",
            "ETag": f'"{self.tag}"',
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*",  # public files: the widget's own code and words, on any page
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if request.headers.get("If-None-Match") == f'"{self.tag}"':
            return web.Response(status=304, headers=headers)
        takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
        more = {"Content-Encoding": "gzip"} if takes_gzip else {}
        body = self.packed if takes_gzip else self.plain
        return web.Response(body=body, headers=headers | more, content_type=self.kind, charset="utf-8")
