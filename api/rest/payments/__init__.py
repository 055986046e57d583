"""Fees, invoices and payments as JSON."""
