"""A bundle that routes: the shipped one with a lower threshold, for trials of what happens after routing."""

from __future__ import annotations

import shutil
from pathlib import Path

import tomli_w

from training.publish import register
from triage import registry
from triage.bundle import MANIFEST, hash_file, read_manifest

NAME, VERSION = "az-trial", "1.0.0"


def routing_bundle(models: Path, into: Path, probability: float) -> Path:
    """Copy the active bundle of `models` into the folder `into`, where it routes from `probability` on.

    The copy has a name of its own, so that no decision can be taken for one of the shipped bundle.
    """
    source, _ = registry.active(models)
    target = into / NAME / VERSION
    shutil.copytree(source, target)
    manifest = read_manifest(target)
    manifest |= {"name": NAME, "version": VERSION}
    manifest["thresholds"]["route_probability"] = probability
    (target / MANIFEST).write_bytes(tomli_w.dumps(manifest).encode())
    register(into, name=NAME, version=VERSION, sha256=hash_file(target / MANIFEST), activate=True)
    return into
