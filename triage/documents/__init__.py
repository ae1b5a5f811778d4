"""Files into pages of text with layout: `read_file`, `read_bytes` and `from_text`, within `Limits`."""

from triage.documents.limits import Limits
from triage.documents.reading import from_text, read_bytes, read_file
from triage.documents.sniff import sniff

__all__ = ["Limits", "from_text", "read_bytes", "read_file", "sniff"]
