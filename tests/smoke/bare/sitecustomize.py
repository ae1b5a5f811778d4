"""For the processes of the service under test: they run as where nothing but the service is installed.

spaCy loads PyTorch wherever it finds it. It is there for training; who only runs the service has none.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder


class _Absent(MetaPathFinder):
    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Raises ModuleNotFoundError for PyTorch; says nothing of anything else."""
        del path, target
        if fullname.partition(".")[0] == "torch":
            raise ModuleNotFoundError(fullname, name=fullname)


sys.meta_path.insert(0, _Absent())
