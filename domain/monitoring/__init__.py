"""What instruments tell of a project, where it lies, and the tonnes that follow (ADR 0104)."""
