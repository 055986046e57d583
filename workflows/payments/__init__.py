"""What waits for a payment."""
