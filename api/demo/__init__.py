"""A demonstration: an installation of its own with invented papers and some weeks of made history."""
