"""What staff record of what others say (ADR 0120)."""
