"""Tells other systems of decisions and returns, signed after the Standard Webhooks specification."""
