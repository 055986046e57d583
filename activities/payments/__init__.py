"""Invoices: written with what they are for, and settled."""
