"""Validation, technical review and risk assessment: routes."""
