"""What people do about the issues of a file: assigned, asked, waived, or gone with the next file (ADR 0103)."""
