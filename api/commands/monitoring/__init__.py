"""What people and instruments ask of monitoring data (ADR 0104)."""
