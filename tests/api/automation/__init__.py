"""Tests of the switches and the decision policy."""
