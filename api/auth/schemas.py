"""What is sent and answered about sessions, users and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.auth.permissions import Permission
from api.auth.sessions import Step

Role = Literal["clerk", "officer", "supervisor", "administrator"]
Language = Literal["az", "en", "ru"]
Login = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$"
    ),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]
Slug = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9_-]+$")]
Units = Annotated[list[Slug], Field(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
"""As typed; the policy counts 256 characters after normalisation."""


class Closed(BaseModel):
    """Something that is sent: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Given(BaseModel):
    """Something that is answered."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class SignIn(Closed):
    """Who wants in. Whoever has an authenticator app may send its code along, or afterwards."""

    login: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, to_lower=True, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$"
        ),
    ] = Field(examples=["aysel"])
    password: Password = Field(examples=["duzlu-corek-yagisli-gun"])
    code: Code | None = Field(None, examples=["492039"])


class SecondFactor(Closed):
    """The present code of an authenticator app."""

    code: Code = Field(examples=["492039"])


class PasswordChange(Closed):
    """One's own password: at least 12 characters, no rules of composition."""

    current: Password = Field(examples=["k7mn-pq2r-x9yz-ab3c"])
    new: Password = Field(examples=["duzlu-corek-yagisli-gun"])


class NewUser(Closed):
    """A person who shall be able to sign in."""

    login: Login = Field(examples=["aysel"])
    name: Name = Field(examples=["Aysel Məmmədova"])
    email: Email | None = Field(None, examples=["aysel@example.org"])
    language: Language = "az"
    role: Role = Field(examples=["clerk"])
    units: Units | None = Field(
        None, description="Units whose papers they see; none: all.", examples=[["gence"]]
    )
    department: Slug | None = Field(None, description="Of an officer, and only there.", examples=[None])


def _without_defaults(schema: dict[str, Any]) -> None:
    """In the OpenAPI: a field that is not sent has no value at all."""
    for field in schema["properties"].values():
        field.pop("default", None)


class UserChange(Closed):
    """What shall be different; what is not named stays."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    name: Name = Field("", examples=["Aysel Əliyeva"])
    email: Email | None = None
    language: Language = "az"
    role: Role = Field("clerk", examples=["officer"])
    units: Units | None = Field(None, examples=[["gence", "seki"]])
    department: Slug | None = Field(None, examples=["investigation"])

    def named(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(include=self.model_fields_set)


class UserGiven(Given):
    """A user, without secrets."""

    id: int
    login: str
    name: str
    email: str | None
    language: str
    role: str
    units: list[str] | None
    department: str | None
    password_temporary: bool
    totp_confirmed_at: datetime | None
    locked_until: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    version: int


class UserCreated(BaseModel):
    """A new user, or one whose password was reset, with the one-time password. It is shown this once."""

    user: UserGiven
    one_time_password: str = Field(examples=["k7mn-pq2r-x9yz-ab3c"])


class Users(BaseModel):
    """Users by id, and where the next page begins."""

    items: list[UserGiven]
    next: str | None = Field(None, description="Give it as `cursor`; none: this is the last page.")


class Me(Given):
    """The user who is signed in."""

    id: int
    login: str
    name: str
    language: str
    role: str
    units: list[str] | None
    department: str | None


class SessionGiven(BaseModel):
    """The session: send `csrf` as `X-CSRF-Token` with everything that changes something."""

    csrf: str
    user: Me
    permissions: list[Permission]
    required: list[Step] = Field(
        description="What must be done before anything else is allowed.", examples=[[]]
    )
    expires_at: datetime


class Enrolment(BaseModel):
    """A secret for an authenticator app. Show `uri` as a QR code; it counts once confirmed by a code."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    uri: str


class NewKey(Closed):
    """A key for another system."""

    name: Name = Field(examples=["Portal"])
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=20)] = Field(
        examples=[["document.submit", "document.read"]]
    )
    units: Units | None = Field(
        None, description="Units whose papers it sees; none: all.", examples=[["gence"]]
    )
    expires_at: AwareDatetime = Field(
        description="At most a year ahead.", examples=["2027-06-30T00:00:00+04:00"]
    )


class KeyGiven(Given):
    """A key, without its secret."""

    id: int
    prefix: str
    name: str
    scopes: list[str]
    units: list[str] | None
    created_by: int | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class KeyCreated(BaseModel):
    """A new key. `secret` is what the other system sends as `Authorization: Bearer …`; it is shown this once."""

    key: KeyGiven
    secret: str = Field(examples=["dk_0a1b2c3d4e5f_mEz0…"])


class Keys(BaseModel):
    """Keys by id, and where the next page begins."""

    items: list[KeyGiven]
    next: str | None = None
