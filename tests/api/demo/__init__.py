"""The demo: its home, its clock, and a history made with a rule in place of the model."""
