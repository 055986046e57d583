"""Organisations and verification bodies as JSON."""
