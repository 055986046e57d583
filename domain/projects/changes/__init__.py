"""What a supplier changes while a round is open: facts, documents, and whether the round goes on at all (ADR 0090)."""
