"""Data that comes in: one model, formats declared as data, and every fault told (ADR 0080)."""
