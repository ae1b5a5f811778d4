"""Making, measuring and publishing the models that `triage` runs."""
