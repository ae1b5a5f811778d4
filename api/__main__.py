"""`python -m api`: the same as `triage-api`."""

from api.cli import app

app()
