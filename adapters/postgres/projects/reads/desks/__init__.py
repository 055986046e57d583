"""What the desks of staff, verifiers and suppliers list, read."""
