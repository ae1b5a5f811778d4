"""Supervision: decisions as records, blind samples, figures, and what is exported for training."""
