"""Workflows of data that comes in."""
