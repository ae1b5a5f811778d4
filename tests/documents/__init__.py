"""Tests of `triage.documents`."""
