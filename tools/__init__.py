"""Tools for people who work on the desk; nothing here runs while the desk serves."""
