"""Which bundle is active. Light: it loads nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

from triage.errors import BundleMissingError


def active(models: Path) -> tuple[Path, str]:
    """Folder and manifest hash of the active bundle, as `models/registry.toml` names them."""
    path = models / "registry.toml"
    if not path.is_file():
        raise BundleMissingError(f"There is no model registry at {path}.")
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("bundle", []):
        if entry["state"] == "active":
            return models / entry["name"] / entry["version"], entry["sha256"]
    raise BundleMissingError(f"{path} names no active bundle.")
