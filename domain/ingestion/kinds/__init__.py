"""Kinds of records beside registries and series, and the extension schemas of pathways (ADR 0118)."""
