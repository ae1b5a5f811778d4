"""Tests of the database: the embedded PostgreSQL, backup and restore, tables."""
