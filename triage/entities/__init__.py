"""Entities: patterns with checksums, trained names, roles, normalised values, places."""

from triage.entities.pipeline import EntityTagger

__all__ = ["EntityTagger"]
