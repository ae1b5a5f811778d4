"""Tests of intake: originals kept, legal clocks."""
