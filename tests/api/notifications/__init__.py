"""Tests of notifications and of their e-mails."""
