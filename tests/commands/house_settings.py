"""A settings file as a house would write it, for tests of commands: everything that must be there, and no more."""

from pathlib import Path

KEY = "A" * 43
LINES = {
    "PUBLIC_URL": "https://privacy.example",
    "ALLOWED_ORIGINS": "https://privacy.example",
    "CODE_KEY": KEY,
    "HASH_KEY": KEY,
    "VAULT_KEY": KEY,
    "SOURCE_KEY": KEY,
    "SESSION_KEY": "x" * 32,
    "SESSION_ISSUER": "https://app.example",
    "SLACK_TOKEN": "xoxb",
    "SLACK_SIGNING_SECRET": "x",
    "SLACK_CHANNEL": "C1",
    "SLACK_TEAM": "T1",
    "STAFF_FILE": "staff.toml",
    "SMTP_HOST": "127.0.0.1",
    "PLATFORM_URL": "sqlite:///platform.sqlite3",
    "PLATFORM_MAP": "datamap.yml",
    "ESCALATION_MAIL": "lead@example.com",
}


def settings_file(folder: Path, **more: object) -> Path:
    """Write it; `more` are further settings by their name in small letters."""
    lines = LINES | {name.upper(): str(value) for name, value in more.items()}
    path = folder / "desk.env"
    path.write_text("".join(f'SELEQT_{name}="{value}"\n' for name, value in lines.items()))
    return path
