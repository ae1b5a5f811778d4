"""Tests of the competence rules in force."""
