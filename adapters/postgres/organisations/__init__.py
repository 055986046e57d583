"""Organisations in PostgreSQL."""
