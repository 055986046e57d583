"""What others say of projects and credits, in PostgreSQL (ADR 0120)."""
