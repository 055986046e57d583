"""Files of geometry: features with their attributes as rows, positions in WGS 84 (ADR 0118)."""
