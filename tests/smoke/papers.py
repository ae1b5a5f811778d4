"""The papers that are sent: the shipped samples, texts of the corpus, and real PDF files where there are some."""

from __future__ import annotations

from pathlib import Path

from training.corpus import load_papers

ROOT = Path(__file__).resolve().parents[2]
PDFS = ROOT.parent / "shared" / "data" / "az_codes" / "pdf"
LONGEST = 2500
"""Characters: longer texts would measure the machine, not the service."""


def samples() -> list[Path]:
    """The shipped sample documents: text in old encodings, a message, a Word file, a scan."""
    return sorted(path for path in (ROOT / "tests/golden/documents").iterdir() if path.is_file())


def real_pdfs(count: int) -> list[Path]:
    """Real PDF files, the smallest first; none where they are not on this machine."""
    found = PDFS.glob("*.pdf") if PDFS.is_dir() else ()
    return sorted(found, key=lambda path: path.stat().st_size)[:count]


def texts(count: int) -> list[str]:
    """Texts from all over the corpus, all different."""
    short = sorted({paper.text for paper in load_papers() if len(paper.text) <= LONGEST})
    return short[:: max(1, len(short) // count)][:count]
