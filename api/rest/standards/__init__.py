"""What others say of projects and credits, over HTTP (ADR 0120)."""
