"""Recognition of page pictures by the Tesseract command line program.

Measured on rendered pages: aze+rus+eng reads Azerbaijani Latin, Russian, Turkish and English with under
1 % wrong characters at confidence 0.93 and more; Azerbaijani in Cyrillic it reads with 20 % at 0.85 and
less, where aze_cyrl+rus has 5 to 7 % at 0.90. Hence a second pass for Cyrillic pages of low confidence.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from triage.documents.content import tidy
from triage.errors import OcrFailedError, OcrUnavailableError

_FIRST = ("aze", "rus", "eng")
_CYRILLIC = ("aze_cyrl", "rus")
_OSD_AGAIN_BELOW = 0.75  # upright pages lie above, turned ones below 0.6
_CYRILLIC_AGAIN_BELOW = 0.90
_OSD_CERTAIN = 1.0
_LEAST_DPI = 70  # below, Tesseract guesses for itself
_SIDE = (16, 32_000)  # pixels a side: what Tesseract's layout analysis takes
_BLANK_CONTRAST = 24  # grey levels between the darkest and the lightest spot of an empty sheet
_MISSING = (
    "The page is a picture and Tesseract is not installed: "
    "apt install tesseract-ocr tesseract-ocr-aze tesseract-ocr-aze-cyrl tesseract-ocr-rus."
)

Boxes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was read off a picture.

    `boxes`, shape (len(text), 4), holds left, top, right, bottom in pixels of the picture as it was
    given, NaN for the breaks between words; `confidence` is the mean over words in 0..1, 0 if there are none.
    """

    text: str
    boxes: Boxes
    confidence: float
    notes: tuple[str, ...] = ()


@functools.lru_cache(maxsize=1)
def installed() -> frozenset[str]:
    """The installed languages, asked once. Raises `OcrUnavailableError` without Tesseract or languages."""
    if shutil.which("tesseract") is None:
        raise OcrUnavailableError(_MISSING)
    lines = _run([], b"", "--list-langs", seconds=30).decode("utf-8", "replace").splitlines()
    names = frozenset(line.strip() for line in lines[1:])
    if not names - {"osd"}:
        raise OcrUnavailableError(
            "Tesseract has no languages: apt install tesseract-ocr-aze tesseract-ocr-rus."
        )
    return names


def recognise(image: Image.Image, *, dpi: float, seconds: float) -> Recognition:
    """Read a picture (mode L) in up to four runs, all together within `seconds`.

    A page that reads badly is turned upright, and read as Azerbaijani in Cyrillic, and the reading with
    the highest confidence is kept. Raises `OcrUnavailableError` and `OcrFailedError`.
    """
    known = installed()
    deadline = time.monotonic() + seconds
    low, high = image.getextrema()
    if min(image.size) < _SIDE[0] or max(image.size) > _SIDE[1] or high - low < _BLANK_CONTRAST:  # type: ignore[operator]
        return _nothing()

    def attempt(languages: tuple[str, ...], turn: int) -> Recognition:
        return _read(image, languages, turn, dpi, deadline)

    first = tuple(name for name in _FIRST if name in known) or tuple(sorted(known - {"osd"}))[:1]
    best, turn = attempt(first, 0), 0
    if best.text and best.confidence < _OSD_AGAIN_BELOW and "osd" in known:
        turn = _orientation(image, dpi, deadline)
        if turn:
            best = max(best, attempt(first, turn), key=_confidence)
    if best.confidence < _CYRILLIC_AGAIN_BELOW and _mostly_cyrillic(best.text) and "aze_cyrl" in known:
        best = max(best, attempt(tuple(n for n in _CYRILLIC if n in known), turn), key=_confidence)
    missing = sorted({*_FIRST, *_CYRILLIC} - known)
    note = f"Tesseract lacks the languages {', '.join(missing)}; the page may be misread."
    return replace(best, notes=(note,)) if missing else best


def _confidence(recognition: Recognition) -> float:
    return recognition.confidence


def _mostly_cyrillic(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return 2 * sum("Ѐ" <= c <= "ӿ" for c in letters) > len(letters)


def _nothing() -> Recognition:
    return Recognition("", np.empty((0, 4), dtype=np.float32), 0.0)


def _read(
    image: Image.Image, languages: tuple[str, ...], turn: int, dpi: float, deadline: float
) -> Recognition:
    """One run over the picture turned clockwise by `turn` degrees; boxes in the unturned picture."""
    turned = image.rotate(-turn, expand=True) if turn else image
    output = _run(
        ["-l", "+".join(languages)], _pgm(turned), "tsv", dpi=dpi, seconds=deadline - time.monotonic()
    )
    recognition = _parse(output.decode("utf-8", "replace"))
    return replace(recognition, boxes=_unturned(recognition.boxes, turn, *image.size))


def _orientation(image: Image.Image, dpi: float, deadline: float) -> int:
    """By how many degrees clockwise the picture must be turned to stand upright: 0, 90, 180 or 270."""
    try:
        output = _run(["--psm", "0"], _pgm(image), dpi=dpi, seconds=deadline - time.monotonic())
    except OcrFailedError:  # it exits with an error where there are too few characters to tell
        return 0
    fields = dict(line.split(": ", 1) for line in output.decode().splitlines() if ": " in line)
    certain = float(fields.get("Orientation confidence", 0)) >= _OSD_CERTAIN
    return int(fields.get("Rotate", 0)) % 360 if certain else 0


def _pgm(image: Image.Image) -> bytes:
    return b"P5 %d %d 255\n" % image.size + image.tobytes()


def _run(options: list[str], picture: bytes, *configs: str, dpi: float = 300, seconds: float) -> bytes:
    """Standard output of one Tesseract process on one thread."""
    # The fixed name is looked up in PATH: every system puts the program elsewhere.
    files = (
        [] if configs == ("--list-langs",) else ["stdin", "stdout", "--dpi", str(max(round(dpi), _LEAST_DPI))]
    )
    try:
        done = subprocess.run(  # noqa: S603
            ["tesseract", *files, *options, *configs],  # noqa: S607
            input=picture,
            capture_output=True,
            check=True,
            timeout=max(seconds, 0.01),
            env=os.environ | {"OMP_THREAD_LIMIT": "1"},  # more threads make it slower (tesseract issue 3109)
        )
    except subprocess.TimeoutExpired as error:
        raise OcrFailedError("The recogniser ran out of time on a page.") from error
    except (subprocess.CalledProcessError, OSError) as error:
        raise OcrFailedError("The recogniser failed on a page.") from error
    return done.stdout


def _parse(tsv: str) -> Recognition:
    """Text and boxes from Tesseract's TSV (a row a word, its text last)."""
    pieces: list[str] = []
    boxes: list[Boxes] = []
    confidences: list[float] = []
    before: tuple[str, ...] | None = None
    for row in tsv.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] != "5" or not cells[11].strip():
            continue
        here, word = tuple(cells[2:5]), tidy(cells[11].strip())
        if before is not None:
            gap = " " if here == before else "\n" if here[:2] == before[:2] else "\n\n"
            pieces.append(gap)
            boxes.append(np.full((len(gap), 4), np.nan, dtype=np.float32))
        pieces.append(word)
        boxes.append(_shared(len(word), *(float(cell) for cell in cells[6:10])))
        confidences.append(max(float(cells[10]), 0.0))
        before = here
    if not confidences:
        return _nothing()
    return Recognition("".join(pieces), np.concatenate(boxes), sum(confidences) / len(confidences) / 100)


def _shared(count: int, left: float, top: float, width: float, height: float) -> Boxes:
    """A word's box divided evenly among its characters, shape (count, 4)."""
    edges = left + width * np.arange(count + 1) / count
    rows = np.empty((count, 4), dtype=np.float32)
    rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = edges[:-1], top, edges[1:], top + height
    return rows


def _unturned(boxes: Boxes, turn: int, width: int, height: int) -> Boxes:
    """Boxes of the picture turned clockwise, brought back to the picture of `width` by `height`."""
    left, top, right, bottom = boxes.T
    sides = {
        0: (left, top, right, bottom),
        90: (top, height - right, bottom, height - left),
        180: (width - right, height - bottom, width - left, height - top),
        270: (width - bottom, left, width - top, right),
    }[turn]
    return np.stack(sides, axis=1)
