"""Papers before people."""
