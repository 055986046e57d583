"""Ports of compliance reports."""
