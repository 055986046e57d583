"""Fees, invoices and payments on the desks."""
