"""Formats that people make: what the columns of a sample are, what comes of it, and versions (ADR 0103)."""
