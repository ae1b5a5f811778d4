"""The bundle of a demo: the active one, which routes more by itself than anybody has proven that it may.

No threshold of routing could be proven for the bundle that is shipped (docs/adr/0009-routing-threshold.md), so it
leaves everything to people, and the pages of automation and of blind samples would be empty. The demo's copy has
another name and a threshold that was chosen for show; its card says so.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from triage import registry
from triage.bundle import MANIFEST, hash_file, read_manifest
from triage.errors import BundleError

_SHOWN = 0.94
_CARD = "card.md"
_WARNING = f"""> **A copy for demonstrations.** Its threshold of routing ({_SHOWN}) was chosen so that there is much
> to see. Nothing proves that what it routes is right: never use it for real papers.

"""


def demonstrate(models: Path, into: Path) -> None:
    """Put a copy of the active bundle of `models` into a new folder of bundles, as its active one.

    Raises BundleError where there is none, or its manifest is not as expected.
    """
    folder, sha256 = registry.active(models)
    if hash_file(folder / MANIFEST) != sha256:
        raise BundleError(f"The manifest of {folder} is not the one that the registry names.")
    manifest = read_manifest(folder)
    name, version = f"{manifest['name']}-demo", manifest["version"]
    copy = into / name / version
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(folder, copy)
    card = _WARNING + (copy / _CARD).read_text(encoding="utf-8")
    (copy / _CARD).write_text(card, encoding="utf-8")
    told = (copy / MANIFEST).read_text(encoding="utf-8")
    told = _changed(told, r'name = ".*"', f'name = "{name}"')
    told = _changed(told, r"route_probability = .*", f"route_probability = {_SHOWN}")
    told = _changed(told, rf'"?{re.escape(_CARD)}"? = ".*"', f'"{_CARD}" = "{_hash(card)}"')
    (copy / MANIFEST).write_text(told, encoding="utf-8")
    (into / "registry.toml").write_text(
        f'[[bundle]]\nname = "{name}"\nversion = "{version}"\nsha256 = "{_hash(told)}"\nstate = "active"\n',
        encoding="utf-8",
    )


def _changed(manifest: str, line: str, into: str) -> str:
    """The manifest with its one line of this form changed. Raises BundleError where there is not exactly one."""
    changed, count = re.subn(rf"^{line}$", into, manifest, flags=re.MULTILINE)
    if count != 1:
        raise BundleError(f"The manifest has {count} lines {line}, not one.")
    return changed


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
