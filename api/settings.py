"""The service's settings, from the environment alone (`TRIAGE_…`, and `DATABASE_URL`)."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 2**20


def _home() -> Path:
    """For root a folder that the user who runs PostgreSQL may reach, else one of the user's own."""
    return Path("/var/lib/derkenar") if os.geteuid() == 0 else Path.home() / ".derkenar"


def _models(home: Path) -> Path:
    """Bundles that an installation has of its own, or those that are shipped."""
    own = home / "models"
    return own if own.is_dir() else Path(__file__).resolve().parents[1] / "models"


class Settings(BaseSettings):
    """Every setting with its default. Nothing else in the service reads the environment."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_", extra="ignore", frozen=True)

    home: Path = Field(default_factory=_home, description="The one folder that holds all data.")
    database_url: str | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="A PostgreSQL 15 or newer; none: an embedded one in `home`.",
    )
    models: Path = Field(
        default_factory=lambda data: _models(data["home"]),
        description="Where the bundles are; none: `home`/models if it is there, else those that are shipped.",
    )
    store_url: str | None = Field(
        None, description="Where originals are kept (fsspec URL); none: `home`/store."
    )
    store_key: SecretStr | None = Field(
        None, description="32 bytes, hex or base64: originals are encrypted with it."
    )
    calendar: Path | None = Field(None, description="TOML with days off and working days that were decreed.")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_url: str = Field(
        default_factory=lambda data: f"http://{data['host']}:{data['port']}",
        description="How browsers reach the service; none: at `host` and `port`.",
    )
    number_format: str = Field(
        "{year}-B-{serial:06d}", description="Registration numbers; `serial` begins anew yearly."
    )
    upload_bytes: int = Field(100 * MEBIBYTE, description="The largest file.")
    request_bytes: int = Field(1024 * MEBIBYTE, description="The largest request, all files together.")
    upload_files: int = Field(10_000, description="The most files of one request.")
    upload_idle_seconds: float = Field(
        30.0, description="An upload that sends nothing for so long is given up."
    )
    session_hours: float = Field(10.0, description="A session ends so long after signing in.")
    session_idle_minutes: float = Field(60.0, description="A session ends after so long without a request.")
    oidc_issuer: str | None = Field(
        None, description="OpenID Connect provider (https://…); none: passwords only."
    )
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_second_factor: frozenset[str] = Field(
        frozenset({"mfa"}), description="Values of `amr` or `acr` that count as a second factor (JSON list)."
    )
    checkpoint_events: int = Field(
        1000, description="The audit chain is signed at least every so many events."
    )
    checkpoint_minutes: float = Field(10.0, description="And at least so often while events come.")
    assignment: Literal["pull", "share"] = Field(
        "pull",
        description="`share`: who has least to do is given each paper; `pull`: everybody takes the next one.",
    )
    show_suggestion: Literal["first", "after_choice"] = Field(
        "first",
        description="`after_choice`: clerks see what is suggested only when they have chosen themselves.",
    )
    rise_after_hours: float = Field(
        24.0,
        ge=0,
        description="A paper rises when nobody has looked at it so long after somebody should have.",
    )
    accept_within_days: int = Field(
        3,
        ge=1,
        le=60,
        description="Supervisors are told of a paper that its department has not accepted for so many working days.",
    )
    notices: Literal["manual", "automatic"] = Field(
        "manual",
        description="Whether letters to senders are made by hand, or by themselves as things happen.",
    )
    notice_templates: Path | None = Field(
        None, description="A folder with the office's own letters and names; none: those that are shipped."
    )
    retention_schedule: Path | None = Field(
        None, description="TOML that says how long papers are kept; none: the one that is shipped."
    )
    lease_seconds: float = Field(
        900.0,
        ge=10,
        description="Who takes a paper from the queue holds it for so long after the last sign of life.",
    )
    undo_minutes: float = Field(
        30.0, ge=0, description="A decision can be taken back for so long, until a department accepts."
    )
    smtp_host: str | None = Field(None, description="The mail server; none: notifications are not mailed.")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="`none` only for a server on the same machine."
    )
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str = Field("derkenar@localhost", description="The address that notifications come from.")
    webhook_hosts: frozenset[str] = Field(
        frozenset(),
        description="Internal systems (JSON list of `host:port`) that webhooks may reach at private addresses.",
    )
    pool_size: int = Field(20, description="Connections to the database that each process keeps.")
    log_level: str = "INFO"

    @property
    def secure(self) -> bool:
        """Whether browsers come over HTTPS: cookies are then marked so."""
        return self.public_url.startswith("https://")

    @property
    def demo(self) -> bool:
        """Whether this is the home of a demo (`triage-api demo`): every page then says that nothing in it is real."""
        return (self.home / "demo.json").is_file()


@lru_cache
def load() -> Settings:
    """The settings of this process, read once."""
    return Settings()
