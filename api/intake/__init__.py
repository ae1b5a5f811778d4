"""Intake: papers come in, their originals are kept, their legal clocks start."""
