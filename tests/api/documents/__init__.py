"""Tests of the endpoints and services of papers that are kept."""
