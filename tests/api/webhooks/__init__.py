"""Tests of webhooks: signatures, where they may go, what was sent."""
