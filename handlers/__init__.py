"""The doors to people: each module speaks one outside protocol and hands what it heard to the desk.

Nothing here decides. A module of this package may import `bot.core`, `bot.ports`, `bot.texts` and the vendor library of
its own door; it never imports storage.
"""
