"""The key of secrets, and what is sealed with it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.auth.sealing import Secrets
from api.errors import UnavailableError


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    sealed = Secrets.open(folder).seal(b"secret", "a")
    file = folder / "secrets.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert Secrets.open(folder).unseal(sealed, "a") == b"secret"


def test_several_that_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: Secrets.open(tmp_path).digest("x"), range(16)))
    assert len(digests) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.key"]


def test_a_sealed_secret_opens_only_for_its_owner_and_with_its_key() -> None:
    ours, other = Secrets(bytes(32)), Secrets(bytes([1] * 32))
    sealed = ours.seal(b"secret", "totp:1")
    assert ours.seal(b"secret", "totp:1") != sealed
    for secrets, data, context in [
        (ours, sealed, "totp:2"),
        (other, sealed, "totp:1"),
        (ours, b"", "totp:1"),
    ]:
        with pytest.raises(UnavailableError, match=r"secrets\.key"):
            secrets.unseal(data, context)


def test_digests_need_the_key() -> None:
    assert Secrets(bytes(32)).digest("192.0.2.1") != Secrets(bytes([1] * 32)).digest("192.0.2.1")


@pytest.mark.parametrize("content", ["", "zz", "00" * 31])
def test_a_file_that_holds_no_key_stops_the_start(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.key").write_text(content)
    with pytest.raises(UnavailableError, match="holds no key"):
        Secrets.open(tmp_path)
