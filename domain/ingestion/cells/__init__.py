"""What cells hold, and what those of a row say of each other."""
