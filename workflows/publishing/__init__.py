"""Workflows of what the world is told: events, webhooks, open data."""
