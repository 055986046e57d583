"""Fees and invoices: schemas."""
