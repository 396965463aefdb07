"""The way in: `python bot.py --help`. Everything is in the package of the same name, which Python prefers."""

from bot.__main__ import main

if __name__ == "__main__":
    main()
