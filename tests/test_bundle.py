"""The loader trusts nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from triage import bundle as bundles
from triage import registry
from triage.errors import BundleError, BundleMissingError, BundleTamperedError, BundleVersionError


@pytest.fixture
def copy(bundle_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle_folder, tmp_path / "bundle"))


def _edit_manifest(folder: Path, old: str, new: str) -> None:
    path = folder / bundles.MANIFEST
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_active_bundle_is_whole_and_small(bundle_folder: Path) -> None:
    manifest = bundles.verify(bundle_folder)
    size = sum(p.stat().st_size for p in bundle_folder.rglob("*") if p.is_file())
    assert size <= 60 * 10**6
    assert {"taxonomy.yaml", "heads.npz", "text.npz", "metrics.json", "card.md"} <= set(manifest["files"])
    assert not [name for name in manifest["files"] if name.endswith((".pkl", ".pickle", ".joblib"))]


def test_no_file_of_the_bundle_is_a_pickle(bundle_folder: Path) -> None:
    for path in bundle_folder.rglob("*"):
        if path.is_file():
            assert not path.read_bytes()[:2].startswith(b"\x80\x04"), path


def test_a_changed_byte_is_found(copy: Path) -> None:
    path = copy / "heads.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BundleTamperedError, match=r"heads\.npz"):
        bundles.load(copy)


def test_a_missing_file_is_found(copy: Path) -> None:
    (copy / "taxonomy.yaml").unlink()
    with pytest.raises(BundleMissingError, match=r"taxonomy\.yaml"):
        bundles.load(copy)


def test_a_file_too_many_is_refused(copy: Path) -> None:
    (copy / "entities" / "extra.py").write_text("print('hello')")
    with pytest.raises(BundleTamperedError, match=r"extra\.py"):
        bundles.load(copy)


def test_a_link_out_of_the_bundle_is_refused(copy: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    shutil.move(copy / "taxonomy.yaml", outside)
    (copy / "taxonomy.yaml").symlink_to(outside)
    with pytest.raises(BundleTamperedError, match=r"taxonomy\.yaml"):
        bundles.load(copy)


def test_a_manifest_that_the_registry_does_not_name_is_refused(copy: Path) -> None:
    with pytest.raises(BundleTamperedError, match="registry"):
        bundles.load(copy, expected_sha256="0" * 64)


def test_other_formats_and_libraries_are_refused(copy: Path) -> None:
    _edit_manifest(copy, f"format = {bundles.FORMAT}", "format = 99")
    with pytest.raises(BundleVersionError, match="format 99"):
        bundles.load(copy)
    _edit_manifest(copy, "format = 99", f"format = {bundles.FORMAT}")
    _edit_manifest(copy, 'spacy = "3.8', 'spacy = "2.1')
    with pytest.raises(BundleVersionError, match="spaCy"):
        bundles.load(copy)


def test_a_threshold_out_of_range_is_refused(copy: Path) -> None:
    manifest = bundles.read_manifest(copy)
    value = manifest["thresholds"]["candidate_error"]
    _edit_manifest(copy, f"candidate_error = {value}", "candidate_error = 5.0")
    with pytest.raises(BundleError, match="candidate_error"):
        bundles.load(copy)


@pytest.mark.parametrize(
    "content", [None, "", "[[bundle]]\nname='x'\nversion='1'\nsha256=''\nstate='retired'\n"]
)
def test_no_active_bundle_is_said_clearly(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "registry.toml").write_text(content)
    with pytest.raises(BundleMissingError):
        registry.active(tmp_path)
