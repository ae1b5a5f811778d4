"""What many tests share: the taxonomy, the active bundle, and where the measuring data lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage import registry
from triage.errors import BundleMissingError
from triage.pipeline import Triager
from triage.taxonomy import Taxonomy

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return Taxonomy.parse((ROOT / "training/config/taxonomy.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def bundle_folder() -> Path:
    """The active bundle. A repository without one is a fault, not a reason to skip."""
    try:
        return registry.active(ROOT / "models")[0]
    except BundleMissingError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def triager(bundle_folder: Path) -> Triager:
    del bundle_folder
    return Triager.load(ROOT / "models")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the measuring data is not on this machine")
    return SHARED
