"""`python -m training`: make, check, measure."""

from training.cli import app

app()
