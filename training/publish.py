"""Writing a bundle: manifest with every hash, model card, registry. Written aside, then renamed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tomli_w

from triage.bundle import FORMAT, MANIFEST, hash_file

LIBRARIES = ("numpy", "onnxruntime", "scikit-learn", "scipy", "spacy", "tokenizers", "torch")
MAX_BYTES = 60 * 10**6
"""A bundle is at most this large, so that it can be kept in the repository."""


def write_manifest(folder: Path, *, name: str, version: str, content: dict[str, Any]) -> str:
    """Hash every file of `folder` into its manifest and return the manifest's own SHA-256.

    `content` holds the tables `thresholds`, `training` and so on. No time of day is written: the same run
    gives the same bytes. Raises `ValueError` where the bundle is over `MAX_BYTES`.
    """
    files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    files.pop(MANIFEST, None)
    size = sum(path.stat().st_size for path in files.values())
    if size > MAX_BYTES:
        raise ValueError(f"the bundle has {size / 1e6:.1f} MB, the limit is {MAX_BYTES / 1e6:.0f} MB")
    manifest = {
        "format": FORMAT,
        "name": name,
        "version": version,
        **content,
        "libraries": {library: importlib.metadata.version(library) for library in LIBRARIES},
        "files": {name: hash_file(path) for name, path in files.items()},
    }
    path = folder / MANIFEST
    path.write_bytes(tomli_w.dumps(manifest).encode())
    return hash_file(path)


def put_in_place(made: Path, target: Path) -> None:
    """Move a finished bundle to `target`; one that stands there is replaced only by a whole one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    old = target.with_name(target.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    shutil.move(made, target)
    shutil.rmtree(old, ignore_errors=True)


def register(models: Path, *, name: str, version: str, sha256: str, activate: bool) -> None:
    """Enter a bundle in `registry.toml` as candidate, or as the active one (the former is retired)."""
    path = models / "registry.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("bundle", []) if path.is_file() else []
    entries = [e for e in entries if (e["name"], e["version"]) != (name, version)]
    if activate:
        entries = [e | {"state": "retired"} if e["state"] == "active" else e for e in entries]
    state = "active" if activate else "candidate"
    entries.append({"name": name, "version": version, "sha256": sha256, "state": state})
    part = path.with_suffix(".part")
    part.write_bytes(tomli_w.dumps({"bundle": entries}).encode())
    part.replace(path)


def hash_texts(texts: Iterable[str]) -> str:
    """One SHA-256 over many texts, for the manifest."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()
