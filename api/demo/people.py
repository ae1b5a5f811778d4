"""The made users of a demo, named so that nobody takes them for real ones. They come to be as real users do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pyotp

from api.auth import account, keys, passwords, sessions, users
from api.auth.context import Auth
from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Permission, Principal
from api.auth.schemas import NewKey, NewUser, Role, UserChange
from api.auth.service import first_administrator
from api.auth.sessions import Opened
from api.auth.signin import Credentials, sign_in
from api.db.tables import User
from api.demo.home import Login
from api.deps import Services

_NAMES: dict[Role, str] = {
    "clerk": "Nümunə Kargüzar", "officer": "Nümunə Əməkdaş", "supervisor": "Nümunə Nəzarətçi",
    "administrator": "Nümunə İnzibatçı",
}  # fmt: skip
_LOGINS: dict[Role, str] = {"clerk": "karguzar", "officer": "emekdas", "supervisor": "nezaretci"}
_ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class People:
    """Everybody of the demo's office, as they act."""

    administrator: Principal
    supervisors: Sequence[Principal]
    clerks: Sequence[Principal]
    officers: Mapping[str, Principal]
    """By department."""


def hire(services: Services, departments: Sequence[str], password: str) -> tuple[People, list[Login]]:
    """Make an administrator, two supervisors, two clerks and an officer for each department, all with one password.

    Gives them, and what is needed to sign in as those who are shown to newcomers: all but the later officers, who keep
    one-time passwords that nobody knows.
    """
    auth = Auth.make(services)
    temporary = first_administrator(services)
    assert temporary is not None  # noqa: S101 - the database was empty
    admin, login = _settle(auth, services, users.FIRST_LOGIN, temporary, password)
    with services.database.transaction() as session:
        changed = UserChange(name=_NAMES["administrator"])
        users.change(session, SYSTEM, _id(admin), changed, None, auth.places)
    shown = [replace(login, name=_NAMES["administrator"])]

    def make(role: Role, number: int, department: str | None = None) -> tuple[Principal, str]:
        login, name = f"{_LOGINS[role]}{number}", f"{_NAMES[role]} {number}"
        new = NewUser(login=login, name=name, role=role, department=department)
        with services.database.transaction() as session:
            user, given = users.create(session, admin, new, auth.places)
        return _acting(user), given

    def settled(role: Role, number: int, department: str | None = None) -> Principal:
        _, given = make(role, number, department)
        who, login = _settle(auth, services, f"{_LOGINS[role]}{number}", given, password)
        shown.append(login)
        return who

    clerks = [settled("clerk", number) for number in (1, 2)]
    first, *others = departments
    officers = {first: settled("officer", 1, first)}
    officers |= {department: make("officer", n, department)[0] for n, department in enumerate(others, 2)}
    supervisors = [settled("supervisor", number) for number in (1, 2)]
    _give_key(services, auth, admin)
    return People(admin, supervisors, clerks, officers), shown


def _settle(
    auth: Auth, services: Services, login: str, temporary: str, password: str
) -> tuple[Principal, Login]:
    """Sign in with a one-time password, change it, and set up the second factor where the role needs one."""
    now = services.now()
    opened = sign_in(auth, Credentials(login, temporary, None, _ADDRESS), now)
    opened = account.change_password(auth, opened.signed_in, temporary, password, now)
    user, secret = opened.signed_in.user, None
    if user.role in sessions.NEED_SECOND_FACTOR:
        opened, secret = _enrolled(auth, services, opened)
    with services.database.transaction() as session:
        sessions.sign_out(session, opened.signed_in)
    return _acting(user), Login(user.login, user.name, user.role, user.department, secret)


def _enrolled(auth: Auth, services: Services, opened: Opened) -> tuple[Opened, str]:
    """The session with its second factor, and the secret."""
    now = services.now()
    with services.database.transaction() as session:
        secret, _ = account.begin_totp(session, auth, opened.signed_in)
    with services.database.transaction() as session:
        code = pyotp.TOTP(secret).at(now)
        return account.confirm_totp(session, auth, opened.signed_in, code, now), secret


def _acting(user: User) -> Principal:
    permissions = ROLE_PERMISSIONS[user.role]
    return Principal(sessions.actor(user.id), user.name, user.role, permissions, None, user.department)


def _id(who: Principal) -> int:
    return int(who.id.partition(":")[2])


def _give_key(services: Services, auth: Auth, admin: Principal) -> None:
    """A key of another system; its text is thrown away, so it opens nothing."""
    now = services.now()
    new = NewKey(
        name="Nümunə portal",
        scopes=[Permission.SUBMIT, Permission.READ],
        expires_at=now + timedelta(days=300),
    )
    with services.database.transaction() as session:
        keys.create(session, admin, _id(admin), new, auth.places, now)


def new_password() -> str:
    """The password of all made users of one demo."""
    return passwords.one_time_password()
