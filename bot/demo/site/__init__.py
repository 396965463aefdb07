"""The pretend Seleqt platform as people see it: its page with the chat on it, its login and its session tokens.

Promise: the desk gets nothing from it but a public key and tokens in a browser. Limits: loopback only, no passwords.
"""

from bot.demo.site.login import Login, Platform
from bot.demo.site.pages import Site

__all__ = ["Login", "Platform", "Site"]
