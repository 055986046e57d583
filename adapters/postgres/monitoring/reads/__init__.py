"""Monitoring data, read."""
