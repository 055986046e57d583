"""What may be asked about fees, invoices and payments."""
