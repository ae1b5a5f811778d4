"""The audit chain: what was read and changed, by whom, provably untouched."""
