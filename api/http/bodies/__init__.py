"""Bodies that calls and forms have in common."""
