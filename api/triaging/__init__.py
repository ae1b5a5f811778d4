"""The triage of one registered paper: read, suggest, decide."""
