"""A bundle: one versioned directory with everything a model needs, verified before anything is loaded.

    manifest.toml      format, name, version, thresholds, versions, seeds, and the SHA-256 of every other file
    taxonomy.yaml      labels, departments, units, competence rules
    encoder/           tokenizer, embeddings, ONNX graph
    text.npz …         language, letter restoration, lexicon
    heads.npz          document type, subject, urgency, the need of a person
    token_heads.npz    names, roles, place of the facts, by single token states
    entities/          the spaCy pipeline and roles
    gazetteer.tsv, territory.json, novelty.npy, metrics.json, card.md
    reference.npz      what the encoder in float32 says of some texts, to compare with

The loader trusts nothing: every file is hashed first, a file that the manifest does not name is refused, no
pickle is read, and a failed load changes nothing on disk.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy

from triage.calibrate import Novelty, Thresholds
from triage.classify import Heads
from triage.encoder import Encoder, OnnxEncoder
from triage.entities.gazetteer import Gazetteer
from triage.entities.pipeline import EntityTagger
from triage.entities.territory import TerritoryModel
from triage.errors import BundleError, BundleMissingError, BundleTamperedError, BundleVersionError
from triage.taxonomy import Taxonomy
from triage.text import TextModels
from triage.token_heads import TokenHeads

FORMAT = 2
MANIFEST = "manifest.toml"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle. `sha256` is the hash of its manifest, which holds the hashes of all its files."""

    name: str
    version: str
    sha256: str
    taxonomy: Taxonomy
    thresholds: Thresholds
    text: TextModels
    encoder: Encoder
    heads: Heads
    tokens: TokenHeads
    novelty: Novelty
    tagger: EntityTagger
    gazetteer: Gazetteer
    territory: TerritoryModel

    @property
    def id(self) -> str:
        """`name/version`."""
        return f"{self.name}/{self.version}"


def hash_file(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest as a dict. Raises `BundleMissingError`, or `BundleVersionError` for another format."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BundleMissingError(
            f"There is no bundle in {folder}: {MANIFEST} is missing. `make train` makes one."
        )
    try:
        manifest = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BundleTamperedError(f"{path} is not readable TOML: {error}") from error
    if manifest.get("format") != FORMAT:
        raise BundleVersionError(
            f"Bundle {folder} has format {manifest.get('format')}, this version reads {FORMAT}."
        )
    return manifest


def verify(folder: Path) -> dict[str, Any]:
    """Check every file against the manifest and return the manifest.

    Raises `BundleMissingError` for a missing file and `BundleTamperedError` for a changed or unlisted one.
    """
    manifest = read_manifest(folder)
    listed: dict[str, str] = manifest["files"]
    present = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if not p.is_dir()}
    present.pop(MANIFEST)
    for name, path in present.items():
        if name not in listed or path.is_symlink():
            raise BundleTamperedError(f"Bundle {folder} holds {name}, which its manifest does not name.")
    for name, expected in listed.items():
        if name not in present:
            raise BundleMissingError(f"Bundle {folder} lacks {name}.")
        if hash_file(present[name]) != expected:
            raise BundleTamperedError(
                f"{name} in bundle {folder} was changed: its SHA-256 is not the manifest's."
            )
    return manifest


def load(folder: Path, *, expected_sha256: str | None = None, threads: int = 2) -> Bundle:
    """Verify and load a bundle; `threads` are what one encoder pass may use.

    Raises a `BundleError`: missing, tampered (also where the manifest's own hash is not `expected_sha256`, the
    registry's), or of another format or library version.
    """
    manifest = verify(folder)
    sha256 = hash_file(folder / MANIFEST)
    if expected_sha256 is not None and sha256 != expected_sha256:
        raise BundleTamperedError(f"The manifest of {folder} is not the one that the registry names.")
    _check_libraries(manifest)
    try:
        return Bundle(
            name=manifest["name"],
            version=manifest["version"],
            sha256=sha256,
            taxonomy=Taxonomy.parse((folder / "taxonomy.yaml").read_text(encoding="utf-8")),
            thresholds=Thresholds.parse(manifest["thresholds"]),
            text=TextModels.load(folder),
            encoder=OnnxEncoder.load(folder / "encoder", threads=threads),
            heads=Heads.load(folder / "heads.npz"),
            tokens=TokenHeads.load(folder),
            novelty=Novelty.load(folder / "novelty.npy"),
            tagger=EntityTagger.load(folder / "entities"),
            gazetteer=Gazetteer.load(folder / "gazetteer.tsv"),
            territory=TerritoryModel.load(folder / "territory.json"),
        )
    except (OSError, ValueError, KeyError) as error:
        raise BundleError(f"Bundle {folder} cannot be loaded: {error}") from error


def _check_libraries(manifest: dict[str, Any]) -> None:
    made_with = manifest["libraries"]["spacy"]
    if made_with.split(".")[:2] != spacy.__version__.split(".")[:2]:
        raise BundleVersionError(
            f"The bundle's entity pipeline was made with spaCy {made_with}, here is {spacy.__version__}: "
            "install the pinned version (`make setup`)."
        )
