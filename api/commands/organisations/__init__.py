"""What people ask of organisations."""
