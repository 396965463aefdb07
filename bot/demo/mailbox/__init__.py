"""The demo's mailbox: a real SMTP server that keeps letters, pages to read and write mail, and the clock beside them.

Promise: nothing in here knows the desk; it is a mail server and a mail program. Limits: loopback only.
"""

from bot.demo.clock import TravelClock
from bot.demo.mailbox.box import Mailbox
from bot.demo.mailbox.letters import Letter
from bot.demo.mailbox.pages import MailPages
from bot.demo.mailbox.writing import Writing

__all__ = ["Letter", "MailPages", "Mailbox", "TravelClock", "Writing"]
