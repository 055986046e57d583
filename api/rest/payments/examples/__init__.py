"""Fees and invoices: examples."""
