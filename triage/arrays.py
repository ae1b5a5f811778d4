"""Reading the arrays of a bundle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from triage.errors import BundleMissingError, BundleVersionError


@contextmanager
def open_arrays(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    """The arrays of an .npz file, none of them pickled.

    Raises `BundleMissingError` where the file is not there, `BundleVersionError` where an array is not in it.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            yield arrays
    except FileNotFoundError:
        raise BundleMissingError(f"{path} is missing") from None
    except KeyError as missing:
        raise BundleVersionError(f"{path.name} has no array {missing}") from None
