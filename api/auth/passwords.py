"""Passwords: how they are kept, and which are refused.

Kept as argon2id with the parameters that OWASP's Password Storage Cheat Sheet names first (19 MiB, 2 passes, 1 lane);
a hash with other parameters is made anew when its owner signs in. The policy is that of NIST SP 800-63B, section
5.1.1.2: length counts, there are no rules of composition, no change without cause, but known bad ones are refused.
Text is normalised (NFKC) first, so that a password does not depend on the keyboard that wrote it.
"""

from __future__ import annotations

import os
import secrets
import threading
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.errors import InvalidError

SHORTEST = 12
LONGEST = 256
_OWN_WORDS = ("derkenar", "triage")
_LEFT_OVER = 4
"""So many letters must remain beside a name; a repeated piece that is shorter makes no password."""
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
_TRANSLATED = str.maketrans({"ə": "e", "ı": "i", "ё": "е", "@": "a", "$": "s"})

_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
_turn = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
"""So many hashes at a time: a burst of attempts must not take all memory."""


def hash_password(password: str) -> str:
    """The argon2id hash, with its parameters and salt. Takes tens of milliseconds and 19 MiB."""
    with _turn:
        return _hasher.hash(_normal(password))


def verify(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password is right; and, if the stored hash has old parameters, the one to store instead.

    Without a stored hash the same work is done in vain, so that nobody learns from the time which users exist.
    """
    with _turn:
        good, newer = _hasher.verify_and_update(_normal(password), stored or _decoy())
    return (good, newer) if stored else (False, None)


def one_time_password() -> str:
    """A password to be changed at once: 79 random bits in four groups, without characters that look alike."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def check_policy(password: str, *personal: str | None) -> None:
    """Raises InvalidError, saying why, for a password that must not be used.

    `personal` are texts that others know: login, name, e-mail address.
    """
    normal = _normal(password)
    if len(normal) < SHORTEST:
        raise InvalidError(f"The password is too short: take at least {SHORTEST} characters.")
    if len(normal) > LONGEST:
        raise InvalidError(f"The password is too long: take at most {LONGEST} characters.")
    plain = _skeleton(normal)
    if _is_common(plain):
        raise InvalidError(
            "The password is among the most common ones. Several unrelated words make a good one."
        )
    rest = plain
    for word in sorted(_known_words(personal), key=len, reverse=True):
        rest = rest.replace(word, "")
    if rest != plain and sum(sign.isalpha() for sign in rest) < _LEFT_OVER:
        raise InvalidError(
            "The password is made of your login or name. Several unrelated words make a good one."
        )


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _skeleton(text: str) -> str:
    """Without case and accents; what is written alike for fun or for want of a letter becomes the same."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_TRANSLATED))
    return "".join(sign for sign in folded if not unicodedata.combining(sign)).translate(_TRANSLATED)


def _is_common(plain: str) -> bool:
    bare = "".join(sign for sign in plain if sign.isalnum())
    word = _repeated(bare.strip("0123456789"))
    return bare in _common() or word in _common() or len(_repeated(bare)) < _LEFT_OVER


def _repeated(text: str) -> str:
    """The shortest text of which `text` is a repetition; itself where it is none."""
    period = (text + text).find(text, 1)
    return text[:period] if text else ""


def _known_words(personal: tuple[str | None, ...]) -> set[str]:
    words = {word for text in (*_OWN_WORDS, *personal) if text for word in _pieces(_skeleton(text))}
    return {word for word in words if len(word) >= _LEFT_OVER}


def _pieces(text: str) -> tuple[str, ...]:
    """A name without blanks and signs, and each of its parts."""
    parts = text.replace("@", " ").replace(".", " ").replace("_", " ").replace("-", " ").split()
    return "".join(parts), *parts


@cache
def _common() -> frozenset[str]:
    data = tomllib.loads((files("api.auth") / "common_passwords.toml").read_text(encoding="utf-8"))
    return frozenset(_skeleton(word) for word in data["words"].split())


@cache
def _decoy() -> str:
    """Made once in a process, at the first need."""
    return _hasher.hash(secrets.token_urlsafe())
