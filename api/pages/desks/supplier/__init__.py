"""The supplier's desk: their projects, what each waits for, and all that they do about them (ADR 0094)."""
