"""The desk's settings: environment, .env file and secret files, read once, frozen, and checked before anything starts.

Promise: a missing or short secret, an empty or too small approver table, or an unreadable map stops the start with one
sentence that says what to do; nothing falls back to an insecure default. Limits: it opens no connection; `doctor` does.
"""

import base64
import binascii
import re
import tomllib
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    PositiveInt,
    SecretBytes,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.core.model import Role, Staffer

KEY_BYTES = 32
SECRET_LEAST = 32
APPROVERS_LEAST = 2
APPROVERS_WANTED = 3


class Unfit(Exception):
    """The desk may not start like this; the message says what to do."""


def _key(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except (binascii.Error, ValueError):
            return value.encode()
    return value


def _list(value: Any) -> Any:
    return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else value


Key = Annotated[SecretBytes, BeforeValidator(_key)]
"""32 random bytes, written as URL-safe Base64: `python bot.py doctor --new-key` prints one."""


class Settings(BaseSettings):
    """Everything that differs between two houses. Each name is an environment variable with SELEQT_ before it."""

    model_config = SettingsConfigDict(
        env_prefix="SELEQT_", env_file=".env", env_file_encoding="utf-8", frozen=True, extra="ignore"
    )

    data_dir: Path = Path("var")
    register_file: Path | None = None
    backup_days: int = Field(default=0, ge=0)
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str
    chat_url: str = ""
    allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_list)]

    code_key: Key
    hash_key: Key
    vault_key: Key
    source_key: Key

    session_key: SecretStr
    session_issuer: str
    session_audience: str = "seleqt-privacy-desk"

    slack_token: SecretStr
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_pace: float = 1.0
    slack_channel: str
    slack_team: str
    slack_api: str = "https://slack.com/api/"
    staff_file: Path

    smtp_host: str
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: str = "starttls"
    mail_from: str = "Seleqt privacy desk <info@seleqt.ai>"

    telegram_token: SecretStr = SecretStr("")
    telegram_mode: str = "polling"
    telegram_webhook_secret: SecretStr = SecretStr("")
    telegram_bot_name: str = ""
    telegram_api: str = "https://api.telegram.org"
    telegram_site: str = "https://t.me"
    imap_host: str = ""
    imap_port: int = 993
    imap_tls: str = "tls"
    imap_user: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: str = "INBOX"
    imap_done_folder: str = "Privacy desk"
    imap_back_days: int = 30
    mail_authserv: str = ""

    platform_url: SecretStr
    platform_map: Path = Path("datamap.yml")
    platform_rows: PositiveInt = 250_000
    platform_secrets: SecretStr = SecretStr("")
    recipient_secrets: SecretStr = SecretStr("")
    manual_sources: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_list)] = ()

    answers_per_hour: int = 300
    cards_per_hour: int = 20
    forged_per_hour: int = 20

    opens: time = time(9)
    closes: time = time(17)
    policy_url: str = "https://seleqt.ai/privacy"
    policy_date: date = date(2025, 8, 10)
    escalation_mail: str

    @field_validator("code_key", "hash_key", "vault_key", "source_key")
    @classmethod
    def _long_enough(cls, value: SecretBytes) -> SecretBytes:
        if len(value.get_secret_value()) != KEY_BYTES:
            raise ValueError("must be 32 random bytes in Base64; `python bot.py doctor --new-key` prints one")
        return value

    @field_validator("imap_tls")
    @classmethod
    def _kept_secret(cls, value: str, info: ValidationInfo) -> str:
        if value not in {"starttls", "tls", "none"}:
            raise ValueError("must be starttls, tls or none")
        if value == "none" and info.data.get("imap_host") not in {"", "localhost", "127.0.0.1", "::1"}:
            raise ValueError("none is for a server on this machine: mail must not travel in clear")
        return value

    @field_validator("imap_user", "imap_password")
    @classmethod
    def _whole_mailbox(cls, value: str | SecretStr, info: ValidationInfo) -> str | SecretStr:
        """Half a mailbox would look open and hear nothing."""
        if bool(info.data.get("imap_host")) != bool(value):
            raise ValueError("SELEQT_IMAP_HOST, SELEQT_IMAP_USER and SELEQT_IMAP_PASSWORD belong together")
        return value

    @field_validator("imap_done_folder")
    @classmethod
    def _two_folders(cls, value: str, info: ValidationInfo) -> str:
        if not value or value == info.data.get("imap_folder"):
            raise ValueError("must be a folder of its own, beside SELEQT_IMAP_FOLDER")
        return value

    @model_validator(mode="after")
    def _reached_by_slack(self) -> "Settings":
        if not (self.slack_signing_secret.get_secret_value() or self.slack_app_token.get_secret_value()):
            raise ValueError(
                "slack_signing_secret (Slack calls the desk) or slack_app_token (the desk opens sockets) is missing"
            )
        return self

    @field_validator("smtp_tls")
    @classmethod
    def _known_tls(cls, value: str) -> str:
        if value not in {"starttls", "tls", "none"}:
            raise ValueError("must be starttls, tls or none")
        return value

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _fit_for_a_header(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", value.get_secret_value()):
            raise ValueError("up to 256 letters, digits, - and _ (core.telegram.org/bots/api, setWebhook)")
        return value

    @model_validator(mode="after")
    def _whole_telegram(self) -> Self:
        if self.telegram_mode not in {"polling", "webhook"}:
            raise ValueError("SELEQT_TELEGRAM_MODE must be polling or webhook")
        if self.telegram_mode == "webhook" and len(self.telegram_webhook_secret.get_secret_value()) < SECRET_LEAST:
            raise ValueError("a webhook needs SELEQT_TELEGRAM_WEBHOOK_SECRET, at least 32 characters")
        return self

    @property
    def database(self) -> Path:
        """The desk's own SQLite file."""
        return self.data_dir / "desk.sqlite3"

    @property
    def register_path(self) -> Path:
        """The erasure register; on another disk and in another backup than the databases, or it helps nobody."""
        return self.register_file or self.data_dir / "register.sqlite3"

    @property
    def vault(self) -> Path:
        """The folder of encrypted objects; leave its `keys` out of backups, or bound their life."""
        return self.data_dir / "vault"


def read_staff(path: Path) -> tuple[Staffer, ...]:
    """The approver table from a TOML file ([[staff]] with team, user, name, roles, deputy, mail, subjects).

    Raises Unfit when it cannot be read.
    """
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("staff", [])
        return tuple(_staffer(row) for row in rows)
    except (OSError, tomllib.TOMLDecodeError, KeyError, ValueError) as problem:
        raise Unfit(f"the approver table {path} cannot be read: {problem}") from problem


def _staffer(row: dict[str, Any]) -> Staffer:
    pairs = (one.split(":", 1) for one in row.get("subjects", ()))
    return Staffer(
        team=row["team"],
        user=row["user"],
        name=row["name"],
        roles=frozenset(Role(one) for one in row.get("roles", ())),
        deputy=row.get("deputy"),
        mail=row.get("mail"),
        subjects=frozenset((tenant, subject) for tenant, subject in pairs),
    )


def insist_on_staff(staff: tuple[Staffer, ...]) -> tuple[str, ...]:
    """Refuse a table that could never approve an erasure by two people; returns warnings for a thin one."""
    approvers = [member for member in staff if Role.APPROVER in member.roles]
    if len(approvers) < APPROVERS_LEAST:
        raise Unfit("an erasure needs two different approvers: add at least two colleagues with the role approver")
    if not any(Role.LEGAL in member.roles for member in staff):
        raise Unfit("refusing needs the role legal: give it to at least one colleague")
    if len(approvers) < APPROVERS_WANTED:
        return ("only two approvers: when one is away or is the requester, erasures wait; add a third",)
    return ()
