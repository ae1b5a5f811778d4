"""Tests of departments: inbox, acceptance and return, open and closed."""
