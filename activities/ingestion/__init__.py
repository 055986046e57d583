"""Use cases of data that comes in."""
