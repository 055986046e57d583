"""Compliance reports: their tables, read as of a moment, and what is kept of those that were made."""
