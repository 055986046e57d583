"""Tables of fees, invoices and payments."""
