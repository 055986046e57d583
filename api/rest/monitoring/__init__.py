"""JSON routes of monitoring data."""
