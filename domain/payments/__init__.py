"""What the registry charges, invoices, and what is paid of them."""
