"""Tests of bundles as supervisors see them."""
