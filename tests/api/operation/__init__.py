"""Tests of what stands around requests: limits, logs, metrics, readiness."""
