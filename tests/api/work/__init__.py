"""Tests of shared work: members, absences, assignment, what rises."""
