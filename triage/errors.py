"""One error tree. Every error has a stable code for programs and one clear line for people."""

from __future__ import annotations

from typing import ClassVar


class TriageError(Exception):
    """Something could not be done; the message says what and what to do about it."""

    code: ClassVar[str] = "error"


class DocumentError(TriageError):
    """The document cannot be read."""

    code = "unreadable_document"


class EmptyFileError(DocumentError):
    """The file has no bytes, or no page and no letter could be found in it."""

    code = "empty_file"


class FileMissingError(DocumentError):
    """There is no file at this path."""

    code = "file_not_found"


class FileForbiddenError(DocumentError):
    """This user may not read the file."""

    code = "permission_denied"


class TooLargeError(DocumentError):
    """The file, or what it unpacks to, is larger than the service accepts."""

    code = "too_large"


class UnsupportedFormatError(DocumentError):
    """The content is of no format that can be read here."""

    code = "unsupported_format"


class PageMissingError(DocumentError):
    """The document has no page of this number."""

    code = "page_missing"


class EncryptedError(DocumentError):
    """The document is protected by a password."""

    code = "encrypted"


class CorruptError(DocumentError):
    """The content begins like a known format but cannot be parsed."""

    code = "corrupt"


class OcrUnavailableError(DocumentError):
    """The page is a picture and no recogniser (Tesseract) is installed on this machine."""

    code = "ocr_unavailable"


class OcrFailedError(DocumentError):
    """The recogniser ran and failed, or ran out of time."""

    code = "ocr_failed"


class InputLineError(TriageError):
    """A line of the batch input is no JSON object with `id` and `text` or `path`."""

    code = "bad_line"


class BundleError(TriageError):
    """The model bundle cannot be used."""

    code = "bundle"


class BundleMissingError(BundleError):
    """There is no bundle of this name and version, or a file of it is missing."""

    code = "bundle_missing"


class BundleTamperedError(BundleError):
    """A file of the bundle does not have the hash that the manifest states."""

    code = "bundle_tampered"


class BundleVersionError(BundleError):
    """The bundle was written in a format, or for libraries, that this version cannot load."""

    code = "bundle_version"


class TaxonomyError(BundleError):
    """The taxonomy contradicts itself or names what it does not define."""

    code = "taxonomy"
