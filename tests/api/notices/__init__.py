"""Tests of letters to senders."""
