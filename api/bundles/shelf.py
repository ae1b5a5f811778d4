"""The models folder as it lies on the disk: what the registry names, and the papers that came with each bundle.

Nothing of a model is loaded: the web service only reads what people read.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.errors import UnavailableError

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Shelved:
    """A bundle that the registry names. `state` is `active`, `candidate` or `retired`."""

    name: str
    version: str
    sha256: str
    state: str
    folder: Path

    @property
    def id(self) -> str:
        """`name/version`."""
        return f"{self.name}/{self.version}"

    def text(self, name: str) -> str:
        """A file of the bundle; empty where it is missing, too large, or no text."""
        path = self.folder / name
        try:
            return path.read_text(encoding="utf-8") if path.stat().st_size <= _LARGEST else ""
        except (OSError, UnicodeDecodeError):
            return ""

    def manifest(self) -> dict[str, Any]:
        """The manifest; empty where it cannot be read."""
        try:
            return tomllib.loads(self.text("manifest.toml"))
        except tomllib.TOMLDecodeError:
            return {}

    def metrics(self) -> dict[str, list[float]]:
        """Value, lower and upper end of the interval, by the figure's name; figures in another form are left out."""
        try:
            told = json.loads(self.text("metrics.json") or "{}")
        except ValueError:
            return {}
        found = told.items() if isinstance(told, dict) else ()
        return {name: [float(v) for v in values] for name, values in found if _is_interval(values)}


def shelf(models: Path) -> list[Shelved]:
    """All bundles of the registry, as it names them. Raises UnavailableError where it cannot be read."""
    try:
        entries = tomllib.loads((models / "registry.toml").read_text(encoding="utf-8")).get("bundle", [])
        found = [(str(e["name"]), str(e["version"]), str(e["sha256"]), str(e["state"])) for e in entries]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnavailableError("The registry of models cannot be read. Tell who runs the service.") from error
    return [
        Shelved(name, version, sha256, state, models / name / version)
        for name, version, sha256, state in found
        if _PART.fullmatch(name) and _PART.fullmatch(version)
    ]


def _is_interval(values: Any) -> bool:
    return isinstance(values, list) and len(values) == 3 and all(isinstance(v, int | float) for v in values)
