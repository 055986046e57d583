"""Tables of organisations."""
