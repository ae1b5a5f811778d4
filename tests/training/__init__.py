"""Tests of the making and measuring of models."""
