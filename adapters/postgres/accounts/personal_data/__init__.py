"""What people ask for of their own data, and the keys that seal it (ADRs 0072 and 0073)."""
