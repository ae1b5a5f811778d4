"""The ONNX encoder against the reference, and what it promises of spans, windows and hostile texts."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from triage.encoder import OnnxEncoder
from triage.errors import BundleMissingError, BundleVersionError
from triage.registry import active

MODELS = Path(__file__).parents[1] / "models"


@pytest.fixture(scope="module")
def folder() -> Path:
    return active(MODELS)[0] / "encoder"


@pytest.fixture(scope="module")
def encoder(folder: Path) -> OnnxEncoder:
    return OnnxEncoder.load(folder, threads=1)


LONG = "Qonşum mənə borcunu qaytarmır. Polis isə ərizəmə baxmır.\n" * 100


def test_vectors_stay_near_the_reference(encoder: OnnxEncoder) -> None:
    with np.load(active(MODELS)[0] / "reference.npz", allow_pickle=False) as reference:
        texts, vectors = reference["texts"], reference["vectors"].astype(np.float32)
    cosines = [float(encoder.encode(str(t)).vector @ v) for t, v in zip(texts, vectors, strict=True)]
    assert np.mean(cosines) >= 0.98
    assert min(cosines) >= 0.97


def test_translations_are_nearer_than_other_topics(encoder: OnnxEncoder) -> None:
    az = encoder.encode("Qonşum məni bıçaqla hədələyir.").vector
    ru = encoder.encode("Сосед угрожает мне ножом.").vector
    other = encoder.encode("Прошу выдать справку о стаже работы.").vector
    assert float(az @ ru) > float(az @ other)


def test_threads_and_company_change_nothing(folder: Path, encoder: OnnxEncoder) -> None:
    before = encoder.encode(LONG).states
    encoder.encode("Another text, of another length, comes between.")
    np.testing.assert_array_equal(encoder.encode(LONG).states, before)
    np.testing.assert_allclose(OnnxEncoder.load(folder, threads=2).encode(LONG).states, before, atol=1e-5)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\n", "\0", "😀🙈", "\ud800", "a\udfffb", "Sumqayıt şəhəri", "é ﬁ ½", "x" * 3000, LONG],
    ids=range(11),
)
def test_spans_are_in_order_and_inside_the_text(encoder: OnnxEncoder, text: str) -> None:
    found = encoder.encode(text)
    assert found.states.shape == (len(found.spans), encoder.dim)
    assert len(found.windows) == len(found.spans)
    assert np.isfinite(found.states).all()
    assert np.linalg.norm(found.vector) == pytest.approx(1, abs=1e-5)
    assert ((found.spans >= 0) & (found.spans <= len(text))).all()
    assert (found.spans[:, 0] <= found.spans[:, 1]).all()
    assert (np.diff(found.spans[:, 0]) >= 0).all()


def test_windows_are_bounded_and_cut_at_line_ends(encoder: OnnxEncoder) -> None:
    found = encoder.encode(LONG)
    assert found.sizes.max() <= 512
    starts = [found.spans[found.windows == w][0, 0] for w in range(1, len(found.sizes))]
    assert starts
    assert all(LONG[start - 1] == "\n" for start in starts)


def test_a_huge_line_is_read_at_both_ends_only(folder: Path) -> None:
    found = OnnxEncoder.load(folder, head=1, tail=1).encode("başlanğıc " + "söz " * 250_000 + "son")
    assert len(found.sizes) == 2
    assert found.spans[0, 0] == 0
    assert found.spans[-1, 1] == 1_000_013
    assert max(b - a for a, b in pairwise(found.spans[:, 0])) > 900_000


def test_pool_takes_the_tokens_that_touch_the_span(encoder: OnnxEncoder) -> None:
    found = encoder.encode("Bakı şəhəri")
    assert found.pool(0, 4) @ found.states[0] > 0.9 * np.linalg.norm(found.states[0])
    assert not found.pool(11, 20).any()


def test_load_says_what_is_missing_or_of_another_format(tmp_path: Path) -> None:
    with pytest.raises(BundleMissingError, match="encoder"):
        OnnxEncoder.load(tmp_path)
    (tmp_path / "encoder.json").write_text('{"format": 99}')
    with pytest.raises(BundleVersionError, match="99"):
        OnnxEncoder.load(tmp_path)
