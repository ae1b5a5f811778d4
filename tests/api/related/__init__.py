"""Tests of related papers, links, splitting and merging."""
