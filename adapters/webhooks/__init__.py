"""Webhooks: the sender, and the secrets it signs with."""
