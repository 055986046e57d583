"""What staff ask of the audit log."""
