"""The service put through a bad day, from an empty folder to a restored backup: `make smoke`."""
