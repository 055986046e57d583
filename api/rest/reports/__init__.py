"""Compliance reports as JSON."""
