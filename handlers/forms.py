"""The fields of a posted form, for every page that has one.

Promise: a body that is no form is refused with a plain 400, before anything happened, and its words go nowhere. Limits:
whose form it is, and how long it may be, is the page's and the server's to say.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web


async def posted(request: web.Request) -> Mapping[str, Any]:
    """The posted fields; 400 for a body that can't be read as a form."""
    try:
        return await request.post()
    except (ValueError, LookupError, AssertionError):  # no boundary, no field name, an encoding nobody knows
        raise web.HTTPBadRequest(text="This is no form.") from None
