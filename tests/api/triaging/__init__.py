"""Tests of the triage of one paper."""
