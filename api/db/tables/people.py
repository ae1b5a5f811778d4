"""Users, their sessions, and keys of other systems."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Id, Now, Table

ROLES = ("clerk", "officer", "supervisor", "administrator")


class User(Table):
    """A person who signs in. `units` are the units whose papers they see, NULL for all; `department` of an officer.

    `totp_secret` is encrypted with a key outside the database; it counts once `totp_confirmed_at` is set.
    `reads` are the languages of papers that they can take, NULL for all; `given_at` is when they were last given one.
    """

    __tablename__ = "users"
    id: Mapped[Id]
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="az")
    reads: Mapped[list[str] | None]
    mail: Mapped[str] = mapped_column(server_default="off")
    given_at: Mapped[datetime | None]
    role: Mapped[str]
    units: Mapped[list[str] | None]
    department: Mapped[str | None]
    password_hash: Mapped[str | None]
    password_temporary: Mapped[bool] = mapped_column(server_default="false")
    password_changed_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    oidc_subject: Mapped[str | None] = mapped_column(unique=True)
    failed_attempts: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[Now]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint("mail IN ('off', 'at_once', 'digest')", name="mail"),
    )


class UserSession(Table):
    """A signed-in browser. `id` is the SHA-256 of the token, which only the browser has."""

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    csrf: Mapped[str]
    created_at: Mapped[Now]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    second_factor_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_sessions_user_id", "user_id"), Index("ix_sessions_expires_at", "expires_at"))


class ApiKey(Table):
    """A key of another system. `prefix` finds it, `hash` is the SHA-256 of its secret part (256 random bits)."""

    __tablename__ = "api_keys"
    id: Mapped[Id]
    prefix: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str]
    name: Mapped[str]
    scopes: Mapped[list[str]]
    units: Mapped[list[str] | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Now]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
