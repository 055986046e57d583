"""Keeping what others say of projects and credits (ADR 0120)."""
