"""Temporal: the client that every process shares, and how the worker runs workflows and presents itself."""
