"""The door to data: the desk's own store and vault, and the platform's data layer.

Nothing here decides. A module of this package may import `bot.core`, `bot.ports` and vendor libraries for storage;
it never imports a channel.
"""
