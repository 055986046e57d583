"""Shapes of monitoring data as JSON."""
