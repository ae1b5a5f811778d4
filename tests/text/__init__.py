"""Tests of `triage.text` and of the training of its models."""
