"""Running the service: logs, metrics, health, limits of requests."""
