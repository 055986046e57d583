"""Making compliance reports."""
