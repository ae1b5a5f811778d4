"""The home of a demo is its own, and marked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from api.demo import home
from api.demo.bundle import demonstrate
from api.demo.home import Login, Made
from api.errors import ConflictError, NotFoundError
from api.settings import Settings
from triage import bundle, registry

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
MODELS = Path(__file__).resolve().parents[3] / "models"


def test_a_folder_with_anything_in_it_is_never_claimed(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(ConflictError, match="no demo made"):
        home.claim(tmp_path, NOW)
    assert home.read(tmp_path) is None
    assert not Settings(home=tmp_path).demo


def test_a_claimed_folder_is_marked_before_anything_is_in_it(tmp_path: Path) -> None:
    home.claim(tmp_path / "demo", NOW)
    assert home.read(tmp_path / "demo") == Made(NOW)
    assert Settings(home=tmp_path / "demo").demo
    assert (tmp_path / "demo" / home.MARK).stat().st_mode & 0o077 == 0


def test_codes_are_those_of_the_made_users_app(tmp_path: Path) -> None:
    secret = pyotp.random_base32()
    home.write(tmp_path, Made(NOW, "password", [Login("admin", "Admin", "administrator", None, secret)]))
    number, seconds = home.code(tmp_path, "admin", NOW)
    assert pyotp.TOTP(secret).at(NOW) == number
    assert seconds == 30
    with pytest.raises(NotFoundError):
        home.code(tmp_path, "nobody", NOW)


def test_the_demos_bundle_is_whole_has_a_name_of_its_own_and_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    demonstrate(MODELS, tmp_path / "home" / "models")
    assert Settings(home=tmp_path / "home").models == tmp_path / "home" / "models"
    folder, sha256 = registry.active(tmp_path / "home" / "models")
    manifest = bundle.verify(folder)
    shipped = bundle.read_manifest(registry.active(MODELS)[0])
    assert bundle.hash_file(folder / bundle.MANIFEST) == sha256
    assert manifest["name"] == f"{shipped['name']}-demo"
    assert manifest["thresholds"]["route_probability"] < 1 < shipped["thresholds"]["route_probability"]
    assert "never use it for real papers" in (folder / "card.md").read_text(encoding="utf-8")
