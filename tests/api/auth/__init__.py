"""Tests of `api.auth`: users, sessions, keys, permissions."""
