"""Entities: patterns with checksums, trained names, roles, normalised values, places.

Nothing is imported here: who needs names of places alone does not wait for spaCy.
"""
