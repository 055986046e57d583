"""Compliance reports: asking for them, reading them, and opening them to a regulator."""
