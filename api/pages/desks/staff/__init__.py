"""The desk of staff."""
