"""Keeping what others say of projects and credits, for staff (ADR 0120)."""
