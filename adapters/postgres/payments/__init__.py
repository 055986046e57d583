"""Fee schedules, invoices and payments in PostgreSQL."""
